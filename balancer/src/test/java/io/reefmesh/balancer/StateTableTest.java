package io.reefmesh.balancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class StateTableTest {

  private static Set<TaskState> after(TaskState state) {
    return switch (state) {
      case QUEUED ->
          EnumSet.of(
              TaskState.ASSIGNED, TaskState.SUCCEEDED, TaskState.CANCELLED, TaskState.EXPIRED);
      case ASSIGNED -> EnumSet.complementOf(EnumSet.of(TaskState.ASSIGNED));
      case RUNNING -> EnumSet.complementOf(EnumSet.of(TaskState.ASSIGNED, TaskState.RUNNING));
      case SUCCEEDED, FAILED, CANCELLED, EXPIRED -> EnumSet.noneOf(TaskState.class);
    };
  }

  @ParameterizedTest
  @EnumSource(TaskState.class)
  void shouldAllowJustTheDrawnChangesOfATask(TaskState from) {
    for (TaskState to : TaskState.values()) {
      assertThat(from.mayBecome(to)).as("%s -> %s", from, to).isEqualTo(after(from).contains(to));
    }
  }

  @ParameterizedTest
  @EnumSource(TaskState.class)
  void shouldBeFinalExactlyWhenNothingFollows(TaskState state) {
    assertThat(state.isFinal()).isEqualTo(after(state).isEmpty());
  }

  @ParameterizedTest
  @EnumSource(TaskState.class)
  void shouldRefuseEveryIllegalChangeOfALiveTask(TaskState from) {
    for (TaskState to : TaskState.values()) {
      TaskEntry task =
          new TaskEntry(new TaskId(1), MeshScenario.terms(), new MeshScenario.Thing("b"), null);
      task.restoreState(from);
      if (after(from).contains(to)) {
        task.become(to);
        assertThat(task.state()).isEqualTo(to);
      } else {
        assertThatThrownBy(() -> task.become(to))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining(from + " to " + to);
        assertThat(task.state()).isEqualTo(from);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(NodeState.class)
  void shouldAllowJustTheDrawnChangesOfANode(NodeState from) {
    Set<NodeState> allowed =
        from == NodeState.OFFLINE
            ? EnumSet.of(NodeState.ONLINE, NodeState.BUSY, NodeState.DRAINING, NodeState.UNHEALTHY)
            : EnumSet.complementOf(EnumSet.of(from));
    for (NodeState to : NodeState.values()) {
      assertThat(from.mayBecome(to)).as("%s -> %s", from, to).isEqualTo(allowed.contains(to));
    }
  }
}
