package io.reefmesh.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MeshClientBuilderTest {

  @Test
  void shouldSayWhatIsMissingWhenItKnowsNoGateway() {
    assertThatThrownBy(() -> MeshClient.builder().build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("host:port");
  }

  @Test
  void shouldRefuseBothTargetAndChannel() throws InterruptedException {
    InProcessMesh mesh = new InProcessMesh();
    assertThatThrownBy(() -> mesh.builder().target("a:1").build())
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> mesh.builder().userAgentSuffix("bot").build())
        .isInstanceOf(IllegalStateException.class);
    mesh.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "two words", "ünï", "new\nline"})
  void shouldRefuseAProjectWhenItCannotBeAHeader(String project) {
    assertThatThrownBy(() -> MeshClient.builder().project(project))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("visible ASCII");
  }

  @Test
  void shouldRefuseTimesAndLimitsWhenTheyAreNotAboveZero() {
    MeshClient.Builder builder = MeshClient.builder();
    assertThatThrownBy(() -> builder.callTimeout(Duration.ZERO)).hasMessageContaining("timeout");
    assertThatThrownBy(() -> builder.followFor(Duration.ofSeconds(-1)))
        .hasMessageContaining("follow time");
    assertThatThrownBy(() -> builder.maxOpenTasks(0)).hasMessageContaining("at least 1");
  }

  @Test
  void shouldRefuseARetryWhenItsRangesAreWrong() {
    Duration second = Duration.ofSeconds(1);
    assertThatThrownBy(() -> new CallRetry(0, second, second, second))
        .hasMessageContaining("at least 1");
    assertThatThrownBy(() -> new CallRetry(1, Duration.ZERO, second, second))
        .hasMessageContaining("give-up");
    assertThatThrownBy(() -> new CallRetry(1, second, second, Duration.ofMillis(1)))
        .hasMessageContaining("below the initial");
    assertThat(CallRetry.none().maxAttempts()).isOne();
    assertThat(CallRetry.standard().giveUpAfter()).isEqualTo(Duration.ofMinutes(1));
  }
}
