package io.reefmesh.gateway.store;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.reefmesh.balancer.AttemptOutcome;
import io.reefmesh.balancer.Mutation;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LatelyEndedTest {

  private static final long NOW = Sample.START + 10_000;

  private final LatelyEnded lately = new LatelyEnded();

  private void commit(Mutation... mutations) {
    lately.committed(List.of(mutations), NOW);
  }

  @Test
  void shouldKnowATaskWhenItHasJustEnded() {
    // given
    commit(Sample.submitted(1));
    assertThat(lately.find(Sample.id(1))).as("live").isNull();
    commit(Sample.assigned(1, 1, "a"));
    // when
    commit(Sample.succeeded(1, 1, "a", NOW));
    // then
    StoredTask task = requireNonNull(lately.find(Sample.id(1)));
    assertThat(task.result()).isEqualTo(Sample.result("result 1"));
    assertThat(task.nodeId()).isEqualTo("a");
  }

  @Test
  void shouldTellWhenItWasQueuedLastWhenItWasRequeued() {
    commit(
        Sample.submitted(1),
        Sample.assigned(1, 1, "a"),
        Sample.requeued(1, 1, Sample.attempt(1, "a", AttemptOutcome.LOST)),
        Sample.succeeded(1, 2, "b", NOW));
    StoredTask task = requireNonNull(lately.find(Sample.id(1)));
    assertThat(task.queuedAtMillis()).isEqualTo(Sample.START + 15);
  }

  @Test
  void shouldNotKnowATaskWhenItEndedTooLongAgo() {
    commit(Sample.submitted(1), Sample.cancelled(1, NOW - LatelyEnded.LATELY_MILLIS - 1));
    assertThat(lately.find(Sample.id(1))).isNull();
  }

  @Test
  void shouldLeaveLargePayloadsAndTasksOfBeforeToTheStore() {
    ByteString large = ByteString.copyFrom(new byte[LatelyEnded.MAX_PAYLOAD_BYTES + 1]);
    commit(
        Sample.submitted(1, Sample.body("x").with(large)),
        Sample.cancelled(1, NOW),
        Sample.cancelled(2, NOW));
    assertThat(lately.find(Sample.id(1))).isNull();
    assertThat(lately.find(Sample.id(2))).isNull();
  }

  @Test
  void shouldNotKnowATaskWhenItsPayloadWasLetGo() {
    Mutation.Submitted submitted = Sample.submitted(1);
    commit(submitted, Sample.cancelled(1, NOW));
    ((TaskBody) submitted.body()).letPayloadGo();
    assertThat(lately.find(Sample.id(1))).isNull();
  }

  @Test
  void shouldNotKnowATaskWhenTheStoreForgotIt() {
    commit(Sample.submitted(1), Sample.cancelled(1, NOW));
    lately.forget(List.of(Sample.id(1).value()));
    assertThat(lately.find(Sample.id(1))).isNull();
  }

  @Test
  void shouldForgetTheOldestWhenThereAreTooMany() {
    commit(Sample.submitted(0), Sample.cancelled(0, NOW));
    for (int n = 1; n < LatelyEnded.MAX_TASKS; n++) {
      commit(Sample.submitted(n));
    }
    assertThat(lately.find(Sample.id(0))).isNotNull();
    commit(Sample.submitted(LatelyEnded.MAX_TASKS));
    assertThat(lately.find(Sample.id(0))).isNull();
  }
}
