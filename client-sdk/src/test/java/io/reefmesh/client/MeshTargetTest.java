package io.reefmesh.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reefmesh.client.MeshTarget.Spreading;
import java.time.Duration;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MeshTargetTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          mesh.example.org:7000       | dns:///mesh.example.org:7000  | PICK_FIRST
          mesh.example.org            | dns:///mesh.example.org:7420  | PICK_FIRST
          127.0.0.1:1                 | dns:///127.0.0.1:1            | PICK_FIRST
          [2001:db8::1]:7000          | dns:///[2001:db8::1]:7000     | PICK_FIRST
          [2001:db8::1]               | dns:///[2001:db8::1]:7420     | PICK_FIRST
          dns:///gateways:7000        | dns:///gateways:7000          | ROUND_ROBIN
          dns:///gateways             | dns:///gateways:7420          | ROUND_ROBIN
          unix:///run/reefmesh.sock   | unix:///run/reefmesh.sock     | ROUND_ROBIN
          a:1,b, [::1]:3              | a:1,b:7420,[::1]:3            | ROUND_ROBIN
          """)
  void shouldCompleteTheAddressWhenItIsRead(String text, String full, Spreading spreading) {
    MeshTarget target = MeshTarget.of(text);

    assertThat(target).hasToString(full);
    assertThat(target.spreading()).isEqualTo(spreading);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        ":7420",
        "host:",
        "host:0",
        "host:65536",
        "host:port",
        "a:1,,b:2",
        "a:1,",
        "::1",
        "[::1",
        "[::1]x",
        "[::1]:",
        "http://host:7420",
        "https://host",
        "ho st:1",
        "a:1,dns:///b:2",
        "dns:///",
        "dns:///a:b",
        "user@host:1"
      })
  void shouldSayWhatToWriteWhenAnAddressCannotBeRead(String text) {
    assertThatThrownBy(() -> MeshTarget.of(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("write host:port");
  }

  @Test
  void shouldRefuseMoreAddressesThanAChannelShouldHold() {
    assertThat(MeshTarget.of(String.join(",", Collections.nCopies(64, "a:1")))).isNotNull();
    assertThatThrownBy(() -> MeshTarget.of(String.join(",", Collections.nCopies(65, "a:1"))))
        .hasMessageContaining("at most 64");
  }

  @Test
  void shouldNameSdkVersionAndProgramInTheUserAgent() {
    assertThat(MeshTarget.of("a").userAgent()).matches("reefmesh-java/\\d+\\.\\d+\\.\\d+.*");
    assertThat(MeshTarget.builder("a").userAgentSuffix("my-bot/1.2").build().userAgent())
        .matches("reefmesh-java/\\d\\S+ my-bot/1\\.2");
  }

  @Test
  void shouldRefuseLimitsWhenTheyAreNotAboveZero() {
    MeshTarget.Builder builder = MeshTarget.builder("a");
    Duration second = Duration.ofSeconds(1);
    assertThatThrownBy(() -> builder.maxInboundMessageBytes(0)).hasMessageContaining("above 0");
    assertThatThrownBy(() -> builder.keepAlive(Duration.ZERO, second))
        .hasMessageContaining("keep-alive time");
    assertThatThrownBy(() -> builder.keepAlive(second, second.negated()))
        .hasMessageContaining("keep-alive timeout");
  }
}
