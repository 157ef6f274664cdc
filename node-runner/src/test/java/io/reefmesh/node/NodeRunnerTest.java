package io.reefmesh.node;

import static io.reefmesh.node.FakeGateway.assignment;
import static io.reefmesh.node.FakeGateway.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reefmesh.node.work.AttemptThreads;
import io.reefmesh.v1.Cancel;
import io.reefmesh.v1.Directive;
import io.reefmesh.v1.Drain;
import io.reefmesh.v1.HeldAttempt;
import io.reefmesh.v1.Hello;
import io.reefmesh.v1.LinkRequest;
import io.reefmesh.v1.LinkResponse;
import io.reefmesh.v1.OutputReceived;
import io.reefmesh.v1.Probe;
import io.reefmesh.v1.Report;
import io.reefmesh.v1.Welcome;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A whole node against a scripted gateway over the in-process transport, with a clock of ours. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class NodeRunnerTest {

  private final TestMailbox mailbox = new TestMailbox();
  private final FakeGateway gateway;
  private final AttemptThreads threads = new AttemptThreads(Thread::new);
  private GatedHandler handler = new GatedHandler(false);

  NodeRunnerTest() throws IOException {
    gateway = new FakeGateway();
  }

  @AfterEach
  void close() {
    threads.close();
    gateway.close();
  }

  private NodeRunner start(int slots) {
    return start(NodeConfig.of(gateway.name, "n1").withSlots(slots), handler);
  }

  private NodeRunner start(NodeConfig config, TaskHandler... handlers) {
    NodeParts parts =
        new NodeParts(
            mailbox,
            gateway::dial,
            threads,
            reading -> reading.take(0.25, 0.5),
            new SplittableRandom(1),
            "00000000000000bb");
    NodeRunner runner = NodeRunner.start(config, List.of(handlers), parts);
    mailbox.run();
    return runner;
  }

  private NodeRunner startLinked(int slots) {
    NodeRunner runner = start(slots);
    gateway.link().welcome();
    mailbox.run();
    return runner;
  }

  /** The node's next link after the present one broke. */
  private Hello nextHello() {
    int before = gateway.links.size();
    while (gateway.links.size() == before) {
      mailbox.pass(1_000);
    }
    return gateway.link().heard.get(0).getHello();
  }

  private void runUntilFinished(String task) {
    mailbox.runUntil(
        task + " to be reported as finished",
        () ->
            gateway.link().reports().getFinishedList().stream()
                .anyMatch(finished -> finished.getRef().getTaskId().equals(task)));
  }

  private static List<String> held(List<HeldAttempt> held) {
    return held.stream().map(one -> one.getRef().getTaskId()).toList();
  }

  @Test
  void shouldRunATaskAndReportItsResult() throws Exception {
    NodeRunner runner = startLinked(2);
    assertThat(runner.isLinked()).isTrue();
    gateway.link().assign("a", 1, "gated");
    mailbox.run();
    assertThat(gateway.link().reports().getAcceptedList()).hasSize(1);

    TaskContext context = handler.awaitBegun("a");
    context.text("hel");
    context.text("lo");
    handler.open("a");
    runUntilFinished("a");

    Report reports = gateway.link().reports();
    assertThat(gateway.link().output()).isEqualTo("hello");
    assertThat(reports.getFinished(0).getResult().getData().toStringUtf8())
        .isEqualTo("done with payload of a");
    assertThat(context.attempt()).isEqualTo(1);
    assertThat(context.attemptsLeft()).isEqualTo(2);
    assertThat(context.nodeId()).isEqualTo("n1");
  }

  @Test
  void shouldGoOnWithTheSameAttemptWhenTheLinkBreaks() throws Exception {
    startLinked(2);
    gateway.link().assign("a", 1, "gated");
    mailbox.run();
    handler.awaitBegun("a");

    gateway.link().breakDown();
    Hello hello = nextHello();
    assertThat(held(hello.getHeldList())).containsExactly("a");
    assertThat(hello.getIncarnation()).isEqualTo("00000000000000bb");
    gateway.link().welcome(Welcome.newBuilder().addKeep(ref("a", 1)));
    gateway.link().assign("a", 1, "gated");
    mailbox.run();
    handler.open("a");
    runUntilFinished("a");

    assertThat(handler.runs).hasValue(1);
    assertThat(handler.cancelActions).hasValue(0);
    assertThat(gateway.link().reports().getFinished(0).getRef()).isEqualTo(ref("a", 1));
  }

  @Test
  void shouldBeBackWithinTwoSecondsWhenItHoldsWork() throws Exception {
    startLinked(2);
    gateway.link().assign("a", 1, "gated");
    mailbox.run();
    handler.awaitBegun("a");

    gateway.link().breakDown();
    mailbox.pass(2_000);

    assertThat(gateway.links.size()).isGreaterThan(1);
    handler.open("a");
  }

  @Test
  void shouldSendTheResultAgainUntilItIsAcked() throws Exception {
    startLinked(2);
    gateway.link().assign("a", 1, "gated");
    mailbox.run();
    handler.awaitBegun("a");
    handler.open("a");
    runUntilFinished("a");

    gateway.link().breakDown();
    assertThat(nextHello().getHeld(0).getFinished()).isTrue();
    gateway.link().welcome();
    mailbox.run();
    assertThat(gateway.link().reports().getFinishedList()).hasSize(1);

    gateway.link().ack("a", 1);
    mailbox.run();
    gateway.link().breakDown();
    assertThat(nextHello().getHeldList()).isEmpty();
    gateway.link().welcome();
    mailbox.run();
    assertThat(gateway.link().reports().getFinishedList()).isEmpty();
    assertThat(handler.runs).hasValue(1);
  }

  @Test
  void shouldDropWhatTheWelcomeDrops() throws Exception {
    startLinked(2);
    gateway.link().assign("a", 1, "gated");
    mailbox.run();
    handler.awaitBegun("a");
    gateway.link().breakDown();
    nextHello();

    gateway.link().welcome(Welcome.newBuilder().addDrop(ref("a", 1)));
    mailbox.runUntil("stopped", () -> gateway.link().reports().getStoppedList().size() == 1);

    assertThat(handler.cancelActions).hasValue(1);
    assertThat(handler.interrupts).hasValue(1);
    assertThat(gateway.link().reports().getFinishedList()).isEmpty();
  }

  @Test
  void shouldKeepTheSlotUntilTheHandlerReturnsWhenItIgnoresInterrupts() throws Exception {
    handler = new GatedHandler(true);
    startLinked(1);
    gateway.link().assign("a", 1, "gated");
    mailbox.run();
    TaskContext context = handler.awaitBegun("a");

    gateway.link().say(Directive.newBuilder().addCancels(Cancel.newBuilder().setRef(ref("a", 1))));
    mailbox.run();
    assertThat(context.isCancelled()).isTrue();
    assertThat(handler.cancelActions).hasValue(1);
    gateway.link().assign("b", 1, "gated");
    mailbox.run();
    assertThat(gateway.link().reports().getRefusedList()).hasSize(1);
    assertThat(gateway.link().reports().getStoppedList()).isEmpty();

    handler.open("a");
    mailbox.runUntil("stopped", () -> !gateway.link().reports().getStoppedList().isEmpty());
    gateway.link().assign("b", 2, "gated");
    mailbox.run();
    handler.awaitBegun("b");
    handler.open("b");
    runUntilFinished("b");
    assertThat(gateway.link().reports().getFinishedList()).hasSize(1);
  }

  @Test
  void shouldSendOutputAgainFromTheOffsetOfTheWelcome() throws Exception {
    startLinked(1);
    gateway.link().assign("a", 1, "gated");
    mailbox.run();
    TaskContext context = handler.awaitBegun("a");
    context.text("0123456789");
    mailbox.run();
    assertThat(gateway.link().output()).isEqualTo("0123456789");

    gateway.link().breakDown();
    nextHello();
    gateway
        .link()
        .welcome(
            Welcome.newBuilder()
                .addKeep(ref("a", 1))
                .addOutputReceived(OutputReceived.newBuilder().setRef(ref("a", 1)).setOffset(7)));
    mailbox.run();

    assertThat(gateway.link().output()).isEqualTo("789");
    handler.open("a");
  }

  @Test
  void shouldBoundItsMemoryAndLetBeatsGoFirstWhenTheGatewayReadsSlowly() throws Exception {
    gateway.reads = false;
    startLinked(1);
    gateway.link().out.request(1);
    gateway.link().assign("a", 1, "gated");
    mailbox.run();
    TaskContext context = handler.awaitBegun("a");
    String block = "x".repeat(1 << 16);
    for (int i = 0; i < 200; i++) {
      context.text(block);
      mailbox.run();
    }
    int writtenWhileBlocked = gateway.link().heard.size();
    mailbox.pass(6_000);
    gateway
        .link()
        .say(LinkResponse.newBuilder().setBeatReply(io.reefmesh.v1.BeatReply.newBuilder()));
    mailbox.run();
    assertThat(gateway.link().heard).hasSize(writtenWhileBlocked);

    gateway.link().out.request(10_000);
    mailbox.run();

    List<LinkRequest> later =
        gateway.link().heard.subList(writtenWhileBlocked, gateway.link().heard.size());
    int firstBeat = later.stream().map(LinkRequest::hasBeat).toList().indexOf(true);
    // What the transport had taken before it was blocked comes first: 32 KiB and one report more.
    assertThat(firstBeat).isBetween(0, 3);
    assertThat(gateway.link().output().length()).isLessThan(3 << 20);
    assertThat(later.get(later.size() - 1).hasReport()).isTrue();
    handler.open("a");
  }

  @Test
  void shouldAnswerAProbeAtOnce() {
    startLinked(1);

    gateway.link().say(LinkResponse.newBuilder().setProbe(Probe.newBuilder()));
    mailbox.run();

    assertThat(gateway.link().beats()).isEqualTo(1);
  }

  @Test
  void shouldTellTheMeasuredLoadInBeats() {
    startLinked(1);
    mailbox.pass(5_000);

    LinkRequest beat = gateway.link().heard.get(1);
    assertThat(beat.getBeat().getCpuLoad()).isEqualTo(0.25);
    assertThat(beat.getBeat().getMemoryLoad()).isEqualTo(0.5);
  }

  @Test
  void shouldDropASilentGatewayAndDialAgain() {
    NodeRunner runner = startLinked(1);
    gateway.silent = true;

    mailbox.pass(15_000);
    assertThat(gateway.links.get(0).error).isNotNull();
    assertThat(runner.isLinked()).isFalse();

    mailbox.pass(1_000);
    gateway.silent = false;
    gateway.link().welcome();
    mailbox.run();
    assertThat(gateway.links).hasSize(2);
    assertThat(runner.isLinked()).isTrue();
  }

  @Test
  void shouldStayLinkedWhenBeatsAreAnswered() {
    NodeRunner runner = startLinked(1);

    mailbox.pass(600_000);

    assertThat(gateway.links).hasSize(1);
    assertThat(runner.isLinked()).isTrue();
    assertThat(gateway.link().beats()).isEqualTo(120);
  }

  @Test
  void shouldRefuseWhileDrained() {
    startLinked(1);
    gateway.link().say(LinkResponse.newBuilder().setDrain(Drain.newBuilder().setDraining(true)));
    gateway.link().assign("a", 1, "gated");
    mailbox.run();

    assertThat(gateway.link().reports().getRefusedList()).hasSize(1);
    assertThat(handler.runs).hasValue(0);
  }

  @Test
  void shouldFinishItsWorkAndLeaveWhenStoppedOnce() throws Exception {
    NodeRunner runner = startLinked(1);
    gateway.link().assign("a", 1, "gated");
    mailbox.run();
    handler.awaitBegun("a");

    runner.stop(Duration.ofSeconds(30));
    mailbox.run();
    assertThat(mailbox.isClosed()).isFalse();
    handler.open("a");
    runUntilFinished("a");
    gateway.link().ack("a", 1);
    mailbox.run();

    runner.awaitStop();
    assertThat(leavings()).containsExactly(false, true);
    assertThat(gateway.link().completed).isTrue();
    assertThat(handler.closed).isTrue();
    assertThat(mailbox.isClosed()).isTrue();
    assertThat(threads.isClosed()).isTrue();
  }

  @Test
  void shouldCancelItsWorkAndHandItBackWhenStoppedTwice() throws Exception {
    NodeRunner runner = startLinked(1);
    gateway.link().assign("a", 1, "gated");
    mailbox.run();
    handler.awaitBegun("a");

    runner.stop(Duration.ofSeconds(30));
    runner.stop(Duration.ofSeconds(30));
    mailbox.runUntil("the node to stop", mailbox::isClosed);

    runner.awaitStop();
    assertThat(leavings()).containsExactly(false, true);
    assertThat(gateway.link().reports().getFinishedList()).isEmpty();
    assertThat(handler.cancelActions).hasValue(1);
  }

  @Test
  void shouldStopWhenTheProcessIsOutOfMemory() throws Exception {
    NodeRunner runner =
        start(
            NodeConfig.of(gateway.name, "n1"),
            new PlainHandler(
                "oom",
                context -> {
                  throw new OutOfMemoryError("no heap");
                }));
    gateway.link().welcome();
    gateway.link().assign("a", 1, "oom");
    mailbox.runUntil("finished", () -> gateway.link().reports().getFinishedCount() == 1);
    gateway.link().ack("a", 1);
    mailbox.runUntil("the node to stop", mailbox::isClosed);

    runner.awaitStop();
    assertThat(gateway.link().reports().getFinished(0).getFailure().getCode())
        .isEqualTo("NODE_BROKEN");
    assertThat(leavings()).endsWith(true);
  }

  @Test
  void shouldOfferOnlyWhatCanServe() {
    PlainHandler unable =
        new PlainHandler("unable", context -> TaskOutput.text("")) {
          @Override
          public void start() throws HandlerUnavailableException {
            throw new HandlerUnavailableException("set THIS_VARIABLE");
          }

          @Override
          public Set<String> capabilities() {
            return Set.of("never");
          }
        };
    NodeRunner runner = start(NodeConfig.of(gateway.name, "n1"), handler, unable);

    Hello hello = gateway.link().heard.get(0).getHello();
    assertThat(hello.getTaskTypesList()).contains("gated").doesNotContain("unable");
    assertThat(hello.getCapabilitiesList()).doesNotContain("never");
    assertThat(runner.taskTypes()).contains("gated").doesNotContain("unable");
  }

  @Test
  void shouldNotStartWhenTwoGivenHandlersServeOneType() {
    assertThatThrownBy(() -> start(NodeConfig.of(gateway.name, "n1"), handler, handler))
        .isInstanceOf(NodeStartException.class)
        .hasMessageContaining("two handlers for task type gated");
  }

  @Test
  void shouldTryAgainWhenTheGatewayIsNotThere() {
    NodeRunner runner = start(NodeConfig.of("nobody-" + gateway.name, "n1"), handler);

    mailbox.pass(3_600_000);

    assertThat(gateway.links).isEmpty();
    assertThat(runner.isLinked()).isFalse();
    runner.stop(Duration.ZERO);
    mailbox.run();
    assertThat(mailbox.isClosed()).isTrue();
  }

  private List<Boolean> leavings() {
    return gateway.link().heard.stream()
        .filter(LinkRequest::hasLeaving)
        .map(message -> message.getLeaving().getUnregister())
        .toList();
  }

  @Test
  void shouldRunAssignmentsOfOneDirectiveAtOnce() throws Exception {
    startLinked(2);
    gateway
        .link()
        .say(
            Directive.newBuilder()
                .addAssigns(assignment("a", 1, "gated"))
                .addAssigns(assignment("b", 1, "gated")));
    mailbox.run();

    handler.awaitBegun("a");
    handler.awaitBegun("b");
    handler.open("a");
    handler.open("b");
    runUntilFinished("a");
    runUntilFinished("b");
  }
}
