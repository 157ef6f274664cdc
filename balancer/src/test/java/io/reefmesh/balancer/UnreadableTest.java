package io.reefmesh.balancer;

import static io.reefmesh.balancer.MeshScenario.profile;
import static io.reefmesh.balancer.MeshScenario.retrying;
import static io.reefmesh.balancer.MeshScenario.terms;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Pushes that cannot be made because what was asked for is gone. */
final class UnreadableTest {

  private final MeshScenario mesh = new MeshScenario();

  @Test
  void shouldEndTheTaskAtNoChargeWhenItsPayloadIsLost() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(retrying(3));

    // when
    mesh.step(new Event.Unreadable(a.link(), id, 1, "its row is gone"));

    // then
    assertThat(mesh.finalFailure())
        .isEqualTo(new Failure(Failure.PAYLOAD_LOST, "its row is gone", false, 0));
    assertThat(mesh.dispatcher.liveTasks()).isZero();
    assertThat(mesh.dispatcher.leasedTasks()).isZero();
    mesh.dispatcher.checkInvariants();
    TaskId next = mesh.submit(terms());
    assertThat(mesh.view(next).nodeId()).isEqualTo("a");
  }

  @Test
  void shouldFreeTheSlotWhenTheTaskWasCancelledMeanwhile() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(terms());
    mesh.step(new Event.Cancel(new MeshScenario.Thing("caller"), id, terms().project(), ""));
    TaskId next = mesh.submit(terms());
    assertThat(mesh.view(next).state()).isEqualTo(TaskState.QUEUED);

    // when
    mesh.step(new Event.Unreadable(a.link(), id, 1, "its row is gone"));

    // then
    assertThat(mesh.view(next).state()).isEqualTo(TaskState.ASSIGNED);
    mesh.dispatcher.checkInvariants();
  }

  @Test
  void shouldIgnoreItWhenTheLinkIsGone() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(terms());
    mesh.disconnect(a);

    // when
    mesh.step(new Event.Unreadable(a.link(), id, 1, "its row is gone"));

    // then
    assertThat(mesh.dispatcher.liveTasks()).isEqualTo(1);
    assertThat(mesh.dispatcher.staleMessages()).isZero();
    mesh.dispatcher.checkInvariants();
  }
}
