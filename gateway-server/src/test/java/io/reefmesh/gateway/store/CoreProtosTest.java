package io.reefmesh.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.util.Timestamps;
import io.reefmesh.balancer.AttemptOutcome;
import io.reefmesh.balancer.AttemptRecord;
import io.reefmesh.balancer.Failure;
import io.reefmesh.balancer.NodeState;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.balancer.WaitReason;
import io.reefmesh.v1.Attempt;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class CoreProtosTest {

  @ParameterizedTest
  @EnumSource
  void shouldTranslateAttemptOutcomesByName(AttemptOutcome outcome) {
    var proto = CoreProtos.toProto(outcome);

    assertThat(proto.name()).isEqualTo("ATTEMPT_OUTCOME_" + outcome.name());
    assertThat(CoreProtos.fromProto(proto)).isEqualTo(outcome);
  }

  @ParameterizedTest
  @EnumSource
  void shouldTranslateTaskStatesByName(TaskState state) {
    var proto = CoreProtos.toProto(state);

    assertThat(proto.name()).isEqualTo("TASK_STATE_" + state.name());
    assertThat(CoreProtos.fromProto(proto)).isEqualTo(state);
  }

  @ParameterizedTest
  @EnumSource
  void shouldTranslateNodeStatesByName(NodeState state) {
    var proto = CoreProtos.toProto(state);

    assertThat(proto.name()).isEqualTo("NODE_STATE_" + state.name());
    assertThat(CoreProtos.fromProto(proto)).isEqualTo(state);
  }

  @ParameterizedTest
  @EnumSource
  void shouldTranslateWaitCausesByName(WaitReason.Cause cause) {
    assertThat(CoreProtos.toProto(cause).name()).isEqualTo("WAIT_CAUSE_" + cause.name());
  }

  @Test
  void shouldHaveNoValueLessThanTheWire() {
    // the wire has UNSPECIFIED and UNRECOGNIZED besides
    assertThat(io.reefmesh.v1.AttemptOutcome.values()).hasSize(AttemptOutcome.values().length + 2);
    assertThat(io.reefmesh.v1.TaskState.values()).hasSize(TaskState.values().length + 2);
    assertThat(io.reefmesh.v1.NodeState.values()).hasSize(NodeState.values().length + 2);
    assertThat(io.reefmesh.v1.WaitCause.values()).hasSize(WaitReason.Cause.values().length + 2);
  }

  @Test
  void shouldRefuseUnspecifiedAndUnknownValues() {
    for (var proto :
        EnumSet.of(
            io.reefmesh.v1.TaskState.TASK_STATE_UNSPECIFIED,
            io.reefmesh.v1.TaskState.UNRECOGNIZED)) {
      assertThatThrownBy(() -> CoreProtos.fromProto(proto))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(proto.name());
    }
    assertThatThrownBy(() -> CoreProtos.fromProto(Attempt.getDefaultInstance()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldKeepFailureBothWays() {
    Failure full = new Failure("CODE", "what happened", true, 61_234);
    Failure plain = new Failure("CODE", "", false, 0);

    assertThat(CoreProtos.fromProto(CoreProtos.toProto(full))).isEqualTo(full);
    assertThat(CoreProtos.fromProto(CoreProtos.toProto(plain))).isEqualTo(plain);
    assertThat(CoreProtos.toProto(plain).hasRetryAfter()).isFalse();
  }

  @Test
  void shouldKeepAttemptBothWays() {
    AttemptRecord full = Sample.attempt(3, "n1", AttemptOutcome.TIMED_OUT);
    AttemptRecord bare =
        new AttemptRecord(1, "n1", Sample.INCARNATION, 5, 0, 6, AttemptOutcome.REFUSED, null);

    assertThat(CoreProtos.fromProto(CoreProtos.toProto(full))).isEqualTo(full);
    assertThat(CoreProtos.fromProto(CoreProtos.toProto(bare))).isEqualTo(bare);
    assertThat(CoreProtos.toProto(full).getCharged()).isTrue();
    assertThat(CoreProtos.toProto(bare).getCharged()).isFalse();
    assertThat(CoreProtos.toProto(bare).hasStartTime()).isFalse();
    assertThat(CoreProtos.toProto(bare).hasFailure()).isFalse();
  }

  @Test
  void shouldTellWhatTaskWaitsFor() {
    // given
    WaitReason session =
        new WaitReason(WaitReason.Cause.SESSION_BUSY, "after another", 0, Sample.id(4));
    WaitReason backoff =
        new WaitReason(WaitReason.Cause.BACKOFF, "after a failure", Sample.START, null);

    // when
    var sessionProto = CoreProtos.toProto(session);
    var backoffProto = CoreProtos.toProto(backoff);

    // then
    assertThat(sessionProto.getBlockingTaskId()).isEqualTo(Sample.id(4).toString());
    assertThat(sessionProto.hasUntil()).isFalse();
    assertThat(sessionProto.getMessage()).isEqualTo("after another");
    assertThat(backoffProto.getUntil()).isEqualTo(Timestamps.fromMillis(Sample.START));
    assertThat(backoffProto.getBlockingTaskId()).isEmpty();
  }
}
