package io.reefmesh.balancer;

import static io.reefmesh.balancer.MeshScenario.held;
import static io.reefmesh.balancer.MeshScenario.profile;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import io.reefmesh.balancer.Explanation.NodeVerdict;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What a caller is told that asks why a task waits. */
final class ExplainTest {

  private final MeshScenario mesh =
      new MeshScenario(
          DispatcherConfig.defaults()
              .withQueue(
                  new QueueRules(
                      60_000,
                      5_000,
                      0,
                      1,
                      ImmutableMap.of("heavy", 3),
                      ImmutableMap.of("one", 1))));

  private TaskId submit(Terms terms) {
    return mesh.submit(terms.build());
  }

  private Explanation explain(TaskId id, String project) {
    mesh.step(new Event.Explain(new MeshScenario.Thing("r"), id, project));
    return mesh.answer(Answer.Explained.class).explanation();
  }

  private Explanation explain(TaskId id) {
    return explain(id, "p");
  }

  private static NodeProfile typed(String type, ImmutableMap<String, String> labels) {
    return new NodeProfile(
        false,
        ImmutableSortedSet.of(),
        ImmutableSortedSet.of(type),
        labels,
        2,
        1,
        false,
        "test",
        "");
  }

  @Test
  void shouldSayOfEachNodeWhyItDoesNotTakeATask() {
    // given
    MeshScenario.Peer refuser = mesh.join("refuser", profile(2, "llm"));
    TaskId id = submit(Terms.of("p").type("work", "llm"));
    mesh.step(new Event.Refused(refuser.link(), id, 1, "cold", 30_000));
    mesh.join("full", profile(0, "llm"));
    MeshScenario.Peer busy = mesh.join("busy", profile(0, "llm"));
    mesh.step(
        new Event.Beat(
            busy.link(), true, 0, 0, 4, ImmutableSortedSet.of("llm"), ImmutableList.of(), 0));
    MeshScenario.Peer leaver = mesh.join("leaver", profile(0, "llm"));
    mesh.step(new Event.Leaving(leaver.link(), "update", false));
    mesh.disconnect(mesh.join("suspect", profile(0, "llm")));
    MeshScenario.Peer gone = mesh.join("gone", profile(0, "llm"));
    mesh.step(new Event.Leaving(gone.link(), "", true));
    mesh.join("plain", profile(2));
    mesh.join("typed", typed("other", ImmutableMap.of()));
    // when
    Explanation explanation = explain(id);
    // then
    assertThat(explanation.nodes())
        .containsExactly(
            new NodeVerdict(
                "busy", NodeState.BUSY, false, "busy by its own word, with 0 of 4 slots in use", 0),
            new NodeVerdict("full", NodeState.BUSY, false, "full: 0 of 0 slots in use", 0),
            new NodeVerdict("gone", NodeState.OFFLINE, false, "offline: node gone left", 0),
            new NodeVerdict("leaver", NodeState.DRAINING, false, "draining: leaving: update", 0),
            new NodeVerdict("plain", NodeState.ONLINE, false, "does not offer capability llm", 0),
            new NodeVerdict(
                "refuser", NodeState.ONLINE, false, "refused this task", mesh.now + 30_000),
            new NodeVerdict(
                "suspect", NodeState.SUSPECT, false, "suspect: its link closed", mesh.now + 10_000),
            new NodeVerdict("typed", NodeState.ONLINE, false, "has no handler for type work", 0));
    assertThat(explanation.waitReason())
        .isEqualTo(
            new WaitReason(
                WaitReason.Cause.NODES_BUSY,
                "every node with a free slot refused it lately",
                mesh.now + 30_000,
                null));
    assertThat(explanation.nodesLeftOut()).isZero();
  }

  @Test
  void shouldNameTheLabelThatNodesDoNotCarry() {
    mesh.join("a", typed("work", ImmutableMap.of("zone", "b")));
    TaskId id = submit(Terms.of("p").label("zone", "a"));
    Explanation explanation = explain(id);
    assertThat(explanation.summary()).isEqualTo("It waits: no node carries label zone=a.");
    assertThat(explanation.nodes())
        .extracting(NodeVerdict::reason)
        .containsExactly("does not carry label zone=a");
  }

  @Test
  void shouldListThoseThatCouldTakeItFirstAndCountTheRest() {
    // given: a task that only its session keeps
    for (int i = 0; i < 150; i++) {
      mesh.join("a" + (100 + i), profile(1));
    }
    mesh.join("z", profile(1, "llm"));
    TaskId first = submit(Terms.of("p").session("s"));
    TaskId second = submit(Terms.of("p").session("s").type("work", "llm"));
    // when
    Explanation explanation = explain(second);
    // then
    assertThat(explanation.summary())
        .isEqualTo("It waits: session s is busy with task " + first + ".");
    assertThat(explanation.waitReason()).extracting(WaitReason::blocking).isEqualTo(first);
    assertThat(explanation.nodes()).hasSize(100);
    assertThat(explanation.nodes().get(0))
        .isEqualTo(
            new NodeVerdict("z", NodeState.ONLINE, true, "has room: 0 of 1 slots in use", 0));
    assertThat(explanation.nodes().get(1).nodeId()).isEqualTo("a100");
    assertThat(explanation.nodesLeftOut()).isEqualTo(51);
  }

  @Test
  void shouldCountWhoGoesBefore() {
    mesh.join("a", profile(1));
    submit(Terms.of("p").priority(1));
    for (int i = 0; i < 7; i++) {
      submit(Terms.of("p").type(i < 5 ? "work" : "other"));
    }
    TaskId id = submit(Terms.of("p"));
    submit(Terms.of("p"));
    submit(Terms.of("p").priority(4));
    Explanation explanation = explain(id);
    assertThat(explanation.tasksAhead()).isEqualTo(6);
    assertThat(explanation.summary())
        .isEqualTo("It waits: 1 of 1 nodes full. Tasks that go before it: 6.");
  }

  @Test
  void shouldCountOtherProjectsByTheTurnsThatTheyHave() {
    // given: a heavy project with a long queue, and this one's third task
    MeshScenario.Peer node = mesh.join("a", profile(1));
    TaskId running = submit(Terms.of("heavy"));
    for (int i = 0; i < 50; i++) {
      submit(Terms.of("heavy"));
    }
    submit(Terms.of("heavy").priority(1));
    submit(Terms.of("p"));
    submit(Terms.of("p"));
    TaskId third = submit(Terms.of("p"));
    long told = explain(third).tasksAhead();
    // when
    int before = 0;
    mesh.succeed(node, running, 1);
    TaskId next = mesh.the(Effect.Push.class).get(0).id();
    while (!next.equals(third)) {
      before++;
      mesh.succeed(node, next, 1);
      next = mesh.the(Effect.Push.class).get(0).id();
    }
    // then
    assertThat(told).isBetween(before - 1L, before + 1L);
  }

  @Test
  void shouldSayThatThereAreAtLeastTenThousandBefore() {
    Dispatcher dispatcher = new Dispatcher(DispatcherConfig.defaults(), 1);
    TaskId last = TaskId.of(mesh.now, 0, 0);
    for (int i = 0; i < 12_000; i++) {
      last = TaskId.of(mesh.now, i, 0);
      dispatcher.step(
          new Event.Submit(
              new MeshScenario.Thing("c"),
              last,
              Terms.of("p" + i % 3).key("k" + i % 5).build(),
              new MeshScenario.Thing("b"),
              null,
              null),
          mesh.now);
    }
    Effect.Reply reply =
        (Effect.Reply)
            dispatcher
                .step(
                    new Event.Explain(new MeshScenario.Thing("r"), last, "p" + 11_999 % 3),
                    mesh.now)
                .get(0);
    Explanation explanation = ((Answer.Explained) reply.answer()).explanation();
    assertThat(explanation.tasksAhead()).isEqualTo(10_000);
    assertThat(explanation.summary()).endsWith("at least 10000.");
  }

  @Test
  void shouldNameTheCapAndCountThoseOfItsOwnKeyBefore() {
    mesh.join("a", profile(8));
    TaskId running = submit(Terms.of("one").key("k"));
    submit(Terms.of("one").key("k"));
    TaskId id = submit(Terms.of("one").key("k"));
    Explanation explanation = explain(id, "one");
    assertThat(explanation.waitReason())
        .isEqualTo(
            new WaitReason(
                WaitReason.Cause.CONCURRENCY_CAP,
                "project one is at its cap: 1 of 1 running",
                0,
                running));
    assertThat(explanation.tasksAhead()).isEqualTo(1);
    assertThat(explanation.nodes().get(0).eligible()).isTrue();
  }

  @Test
  void shouldSayWhereATaskRunsAndSinceWhen() {
    MeshScenario.Peer node = mesh.join("a", profile(1));
    TaskId id = submit(Terms.of("p"));
    assertThat(explain(id).summary())
        .isEqualTo(
            "Attempt 1 on node a was pushed at "
                + Instant.ofEpochMilli(mesh.now)
                + " and is not accepted yet.");
    mesh.pass(1_000);
    mesh.accept(node, id, 1);
    Instant since = Instant.ofEpochMilli(mesh.now);
    assertThat(explain(id).summary()).isEqualTo("Attempt 1 on node a runs since " + since + ".");
    assertThat(explain(id).waitReason()).isNull();
    assertThat(explain(id).nodes()).isEmpty();
    mesh.disconnect(node);
    assertThat(explain(id).summary())
        .isEqualTo(
            "Attempt 1 on node a runs since "
                + since
                + "; the node is suspect (its link closed) and has until "
                + Instant.ofEpochMilli(mesh.now + 10_000)
                + " to come back.");
  }

  @Test
  void shouldNotExplainWhatIsNotLiveOrAnothersTask() {
    TaskId id = submit(Terms.of("p"));
    mesh.step(new Event.Explain(new MeshScenario.Thing("r"), id, "q"));
    assertThat(mesh.answer(Answer.NotLive.class).id()).isEqualTo(id);
    mesh.step(new Event.Cancel(new MeshScenario.Thing("c"), id, "p", ""));
    mesh.step(new Event.Explain(new MeshScenario.Thing("r"), id, "p"));
    assertThat(mesh.answer(Answer.NotLive.class).id()).isEqualTo(id);
  }

  @Test
  void shouldSayUntilWhenNodesMayReturnAfterTheGatewayStarted() {
    // given: a node holds a task, another waits
    MeshScenario.Peer node = mesh.join("a", profile(1));
    TaskId running = submit(Terms.of("p"));
    mesh.accept(node, running, 1);
    TaskId waiting = submit(Terms.of("p").type("work"));
    mesh.restart();
    long until = mesh.now + 20_000;
    // when, then
    Explanation early = explain(waiting);
    assertThat(early.waitReason())
        .isEqualTo(
            new WaitReason(
                WaitReason.Cause.NO_CAPABLE_NODE,
                "no node has a handler for type work so far; the gateway has started lately, nodes"
                    + " have until "
                    + Instant.ofEpochMilli(until)
                    + " to return",
                until,
                null));
    assertThat(early.nodes())
        .containsExactly(
            new NodeVerdict(
                "a", NodeState.SUSPECT, false, "not back since the gateway started", 0));
    mesh.pass(20_000);
    assertThat(mesh.waitReason(waiting).message()).isEqualTo("no node has a handler for type work");
  }

  @Test
  void shouldSayInTheWaitReasonHowManyNodesStandWhere() {
    mesh.join("full", profile(0));
    MeshScenario.Peer busy = mesh.join("busy", profile(0));
    mesh.step(
        new Event.Beat(busy.link(), true, 0, 0, 1, ImmutableSortedSet.of(), ImmutableList.of(), 0));
    mesh.disconnect(mesh.join("lost", profile(2)));
    TaskId id = submit(Terms.of("p"));
    assertThat(mesh.waitReason(id).message())
        .isEqualTo("1 of 3 nodes full, 1 of 3 nodes busy by their own word, 1 of 3 nodes suspect");
    for (int i = 0; i < 70; i++) {
      mesh.join("n" + i, profile(0));
    }
    assertThat(mesh.waitReason(id).message())
        .isEqualTo("all 73 nodes that can serve it are full, draining or out of reach");
  }

  @Test
  void shouldNoticeWhenTheFleetOffersSomethingElse() {
    TaskId id = submit(Terms.of("p").type("work", "llm", "gpu"));
    assertThat(mesh.waitReason(id).message()).isEqualTo("no node has a handler for type work");
    MeshScenario.Peer a = mesh.join("a", profile(1));
    assertThat(mesh.waitReason(id).message()).isEqualTo("no node offers capability gpu");
    mesh.beat(a, profile(1, "gpu"), 0);
    assertThat(mesh.waitReason(id).message()).isEqualTo("no node offers capability llm");
    MeshScenario.Peer b = mesh.join("b", profile(1, "llm"));
    assertThat(mesh.waitReason(id).message()).startsWith("no single node has type work");
    mesh.step(new Event.Leaving(b.link(), "", true));
    assertThat(mesh.waitReason(id).message()).isEqualTo("no node offers capability llm");
    assertThat(held(id, 1).finished()).isFalse();
  }
}
