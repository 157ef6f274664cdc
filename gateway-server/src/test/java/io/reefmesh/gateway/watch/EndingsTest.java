package io.reefmesh.gateway.watch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import io.reefmesh.balancer.Opaque;
import io.reefmesh.balancer.Requirement;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.balancer.TaskTerms;
import io.reefmesh.balancer.TaskView;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

final class EndingsTest {

  private static final TaskId ID = TaskId.of(1_800_000_000_000L, 1, 2);

  private final Endings endings = new Endings();

  private static final class Recorder implements Endings.Listener {
    final List<TaskState> heard = new ArrayList<>();
    int rounds;

    @Override
    public void ended(TaskView task) {
      heard.add(task.state());
    }

    @Override
    public void roundOver(Executor by) {
      rounds++;
    }
  }

  private static TaskView view(TaskState state) {
    TaskTerms terms =
        new TaskTerms(
            "p",
            new Requirement("t", ImmutableSortedSet.of(), ImmutableMap.of()),
            5,
            null,
            null,
            false,
            1,
            1,
            1,
            0,
            new TaskTerms.Retry(1, 0, 1, 0, ImmutableSet.of()),
            0,
            0);
    return new TaskView(
        ID,
        terms,
        new Opaque() {},
        null,
        state,
        null,
        0,
        null,
        null,
        0,
        0,
        0,
        null,
        null,
        ImmutableList.of());
  }

  @Test
  void shouldTellEachListenerOnceAndTheEndOfTheRoundToThoseThatHeard() {
    Recorder one = new Recorder();
    Recorder two = new Recorder();
    Recorder gone = new Recorder();
    endings.await(ID, one);
    endings.await(ID, one);
    endings.await(ID, two);
    endings.await(ID, gone);
    endings.leave(List.of(ID), gone);

    endings.changed(view(TaskState.RUNNING));
    endings.changed(view(TaskState.FAILED));
    endings.changed(view(TaskState.FAILED));
    endings.roundOver(Runnable::run);
    endings.roundOver(Runnable::run);

    assertThat(one.heard).containsExactly(TaskState.FAILED);
    assertThat(two.heard).containsExactly(TaskState.FAILED);
    assertThat(gone.heard).isEmpty();
    assertThat(List.of(one.rounds, two.rounds, gone.rounds)).containsExactly(1, 1, 0);
    assertThat(endings.size()).isZero();
  }
}
