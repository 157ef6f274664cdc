package io.reefmesh.balancer;

import static io.reefmesh.balancer.MeshScenario.held;
import static io.reefmesh.balancer.MeshScenario.profile;
import static io.reefmesh.balancer.MeshScenario.retrying;
import static io.reefmesh.balancer.MeshScenario.terms;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What operators tell nodes, and what becomes of it. */
final class NodeOrdersTest {

  private final MeshScenario mesh = new MeshScenario();

  private <T extends Answer> T remove(String id, boolean force, Class<T> answer) {
    mesh.step(new Event.RemoveNode(new MeshScenario.Thing("operator"), id, force));
    return mesh.answer(answer);
  }

  @Test
  void shouldFinishWhatItHasAndGetNothingNewWhileItDrains() {
    MeshScenario.Peer a = mesh.join("a", profile(2));
    TaskId first = mesh.submit(terms());
    mesh.accept(a, first, 1);
    NodeView drained = mesh.drain("a");
    assertThat(drained.state()).isEqualTo(NodeState.DRAINING);
    assertThat(drained.stateReason()).isEqualTo("drained by an operator: new kernel");
    assertThat(drained.drained()).isTrue();
    assertThat(mesh.the(Effect.Drain.class)).containsExactly(new Effect.Drain(a.link(), true));
    assertThat(mesh.the(Effect.Recall.class)).as("it was accepted").isEmpty();
    TaskId second = mesh.submit(terms());
    assertThat(mesh.view(second).state()).isEqualTo(TaskState.QUEUED);
    mesh.succeed(a, first, 1);
    assertThat(mesh.node("a").held()).isEmpty();
    assertThat(mesh.view(second).state()).isEqualTo(TaskState.QUEUED);
    mesh.join("b", profile(1));
    assertThat(mesh.view(second).nodeId()).isEqualTo("b");
  }

  @Test
  void shouldMoveWhatHadNotLeftForTheDrainedNode() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(retrying(1));
    mesh.join("b", profile(1));
    mesh.drain("a");
    assertThat(mesh.the(Effect.Recall.class)).containsExactly(new Effect.Recall(a.link(), id, 1));
    mesh.step(new Event.Withdrawn(a.link(), id, 1));
    assertThat(mesh.view(id).nodeId()).isEqualTo("b");
  }

  @Test
  void shouldGiveWorkAgainOnceItIsResumed() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    mesh.drain("a");
    TaskId id = mesh.submit(terms());
    NodeView resumed = mesh.resume("a");
    assertThat(mesh.the(Effect.Drain.class)).containsExactly(new Effect.Drain(a.link(), false));
    assertThat(resumed.drained()).isFalse();
    assertThat(resumed.held()).hasSize(1);
    assertThat(mesh.view(id).state()).isEqualTo(TaskState.ASSIGNED);
    mesh.resume("a");
    assertThat(mesh.the(Effect.Drain.class)).as("nothing to take back").isEmpty();
    mesh.drain("a");
    mesh.drain("a");
    assertThat(mesh.node("a").state()).isEqualTo(NodeState.DRAINING);
  }

  @Test
  void shouldStayDrainedWhenTheNodeComesBackOrIsRestarted() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    mesh.drain("a");
    mesh.disconnect(a);
    MeshScenario.Peer again = mesh.join("a", profile(1));
    assertThat(mesh.the(Effect.Welcome.class).get(0).draining()).isTrue();
    assertThat(mesh.node("a").state()).isEqualTo(NodeState.DRAINING);
    mesh.disconnect(again);
    mesh.pass(10_000);
    assertThat(mesh.node("a").state()).isEqualTo(NodeState.OFFLINE);
    mesh.pass(24 * 3_600_000);
    mesh.join("a", "incarnation-2", profile(1));
    assertThat(mesh.node("a").state()).isEqualTo(NodeState.DRAINING);
  }

  @Test
  void shouldForgetADrainedNodeInTheEnd() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    mesh.drain("a");
    mesh.disconnect(a);
    mesh.pass(8L * 24 * 3_600_000);
    mesh.step(new Event.LookAtNodes(new MeshScenario.Thing("r")));
    assertThat(mesh.answer(Answer.Nodes.class).nodes()).isEmpty();
  }

  @Test
  void shouldNotKnowNodesThatNobodyHasSeen() {
    mesh.step(new Event.DrainNode(new MeshScenario.Thing("o"), "ghost", ""));
    assertThat(mesh.answer(Answer.NoNode.class).nodeId()).isEqualTo("ghost");
    mesh.step(new Event.ResumeNode(new MeshScenario.Thing("o"), "ghost"));
    assertThat(mesh.answer(Answer.NoNode.class).nodeId()).isEqualTo("ghost");
    assertThat(remove("ghost", true, Answer.NoNode.class).nodeId()).isEqualTo("ghost");
  }

  @Test
  void shouldNotRemoveANodeAtWorkUnlessForced() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(retrying(2));
    mesh.accept(a, id, 1);
    assertThat(remove("a", false, Answer.NodeInUse.class).node().id()).isEqualTo("a");
    assertThat(mesh.view(id).state()).isEqualTo(TaskState.RUNNING);
    MeshScenario.Peer b = mesh.join("b", profile(1));
    assertThat(remove("a", true, Answer.NodeRemoved.class).movedTasks()).isEqualTo(1);
    assertThat(mesh.the(Effect.CloseLink.class))
        .extracting(Effect.CloseLink::reason)
        .containsExactly(Effect.CloseLink.Reason.REMOVED);
    assertThat(mesh.the(Effect.NodeForgotten.class)).containsExactly(new Effect.NodeForgotten("a"));
    mesh.pass(1_000);
    assertThat(mesh.view(id).nodeId()).isEqualTo("b");
    assertThat(mesh.view(id).history())
        .singleElement()
        .satisfies(
            past -> {
              assertThat(past.outcome()).isEqualTo(AttemptOutcome.LOST);
              assertThat(MeshScenario.codeOf(past)).isEqualTo(Failure.NODE_LEFT);
            });
    // It dials again, still running what moved.
    MeshScenario.Peer again = mesh.join("a", profile(1), held(id, 1));
    assertThat(mesh.the(Effect.Welcome.class).get(0).drop())
        .containsExactly(new Effect.AttemptRef(id, 1));
    mesh.succeed(b, id, 2);
    mesh.succeed(again, id, 1);
    assertThat(mesh.the(Effect.Ack.class).get(0).status()).isEqualTo(Effect.Ack.Status.STALE);
  }

  @Test
  void shouldRemoveAnIdleOrAbsentNodeWithoutForce() {
    mesh.join("idle", profile(1));
    assertThat(remove("idle", false, Answer.NodeRemoved.class).movedTasks()).isZero();
    MeshScenario.Peer gone = mesh.join("gone", profile(1));
    TaskId id = mesh.submit(retrying(2));
    mesh.disconnect(gone);
    assertThat(remove("gone", false, Answer.NodeRemoved.class).movedTasks()).isEqualTo(1);
    assertThat(mesh.view(id).state()).isEqualTo(TaskState.QUEUED);
    mesh.step(new Event.LookAtNodes(new MeshScenario.Thing("r")));
    assertThat(mesh.answer(Answer.Nodes.class).nodes()).isEmpty();
  }

  @Test
  void shouldLetANewcomerInWhenTheNodeInItsPlaceIsRemoved() {
    mesh.join("a", profile(1));
    MeshScenario.Peer fresh = mesh.join("a", "incarnation-2", profile(1));
    remove("a", true, Answer.NodeRemoved.class);
    assertThat(mesh.the(Effect.Welcome.class))
        .extracting(Effect.Welcome::link)
        .containsExactly(fresh.link());
  }

  @Test
  void shouldTellWhatChangedSinceALook() {
    MeshScenario.Thing reader = new MeshScenario.Thing("r");
    MeshScenario.Peer a = mesh.join("a", profile(1));
    mesh.join("b", profile(1));
    mesh.step(new Event.LookAtNodes(reader));
    long version = mesh.answer(Answer.Nodes.class).version();
    mesh.step(new Event.LookAtNodes(reader, null, version));
    assertThat(mesh.answer(Answer.Nodes.class).nodes()).isEmpty();
    mesh.beat(a, profile(1), 0);
    mesh.step(new Event.LookAtNodes(reader, null, version));
    assertThat(mesh.answer(Answer.Nodes.class).nodes())
        .extracting(NodeView::id)
        .containsExactly("a");
    mesh.step(new Event.LookAtNodes(reader, "b", 0));
    assertThat(mesh.answer(Answer.Nodes.class).nodes())
        .extracting(NodeView::id)
        .containsExactly("b");
  }
}
