package io.reefmesh.node.link;

import static io.reefmesh.node.link.CoreWorld.beatReply;
import static io.reefmesh.node.link.CoreWorld.directive;
import static io.reefmesh.node.link.CoreWorld.held;
import static io.reefmesh.node.link.CoreWorld.outputReceived;
import static io.reefmesh.node.link.CoreWorld.ref;
import static io.reefmesh.node.link.CoreWorld.report;
import static io.reefmesh.node.link.CoreWorld.reports;
import static io.reefmesh.node.link.CoreWorld.welcome;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.reefmesh.node.TaskContext.OutputStreamKind;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.node.TaskRefusedException;
import io.reefmesh.node.work.HandlerFailures;
import io.reefmesh.node.work.WorkOutcome;
import io.reefmesh.v1.AckStatus;
import io.reefmesh.v1.AttemptOutput;
import io.reefmesh.v1.BeatReply;
import io.reefmesh.v1.Cancel;
import io.reefmesh.v1.Directive;
import io.reefmesh.v1.Failure;
import io.reefmesh.v1.Finished;
import io.reefmesh.v1.FinishedAck;
import io.reefmesh.v1.LinkLimits;
import io.reefmesh.v1.LinkRequest;
import io.reefmesh.v1.RefusalScope;
import io.reefmesh.v1.Refused;
import io.reefmesh.v1.Report;
import io.reefmesh.v1.Welcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of assignments, output and results. */
final class WorkloadTest {

  @Test
  void shouldAcceptAndRunWhenASlotIsFree() {
    CoreWorld world = CoreWorld.linked(1);

    world.assign("a", 1);

    assertThat(world.actions(LinkAction.Run.class)).hasSize(1);
    assertThat(report(world.writable()).getAccepted(0).getRef()).isEqualTo(ref("a", 1));
  }

  @Test
  void shouldRefuseWhenNoSlotIsFree() {
    CoreWorld world = CoreWorld.linked(1);
    world.assign("a", 1);
    world.assign("b", 1);

    Refused refused = report(world.writable()).getRefused(0);

    assertThat(refused.getRef()).isEqualTo(ref("b", 1));
    assertThat(refused.getReason()).isEqualTo("all 1 slots are taken");
    assertThat(refused.getRetryAfter().getSeconds()).isEqualTo(1);
    assertThat(world.actions(LinkAction.Run.class)).hasSize(1);
    assertThat(world.core.heldCount()).isEqualTo(1);
  }

  @Test
  void shouldSayWhatItRefusedBeforeABeatThatDoesNotNameIt() {
    CoreWorld world = CoreWorld.linked(1);
    world.pass(CoreWorld.BEAT_MILLIS);
    world.hear(
        directive(
            Directive.newBuilder()
                .addAssigns(CoreWorld.assignment("a", 1, 0).toBuilder().setType("other"))));

    List<LinkRequest> said = world.writable();

    assertThat(said.get(0).getReport().getRefusedList()).hasSize(1);
    assertThat(said.get(1).getBeat().getReceivedThrough()).isEqualTo(2);
    assertThat(said.get(1).getBeat().getHeldList()).isEmpty();
  }

  @Test
  void shouldRefuseWhenThereIsNoHandler() {
    CoreWorld world = CoreWorld.linked(1);
    world.hear(
        directive(
            Directive.newBuilder()
                .addAssigns(CoreWorld.assignment("a", 1, 0).toBuilder().setType("other"))));

    assertThat(report(world.writable()).getRefused(0).getReason())
        .isEqualTo("no handler for task type other");
  }

  @Test
  void shouldNotRunAgainWhenAnAssignmentIsRepeated() {
    CoreWorld world = CoreWorld.linked(4);
    world.assign("a", 1);
    world.assign("a", 1);
    world.succeed("a", 1);
    world.assign("a", 1);
    world.writable();
    world.ack("a", 1, AckStatus.ACK_STATUS_RECORDED);
    world.assign("a", 1);

    assertThat(world.actions(LinkAction.Run.class)).hasSize(1);
    assertThat(world.writable()).isEmpty();
    assertThat(world.core.heldCount()).isZero();
  }

  @Test
  void shouldCancelTheEarlierAttemptWhenALaterOneComes() {
    CoreWorld world = CoreWorld.linked(4);
    world.assign("a", 1);
    world.assign("a", 2);

    assertThat(world.actions(LinkAction.Interrupt.class))
        .containsExactly(new LinkAction.Interrupt(ref("a", 1)));
    assertThat(world.actions(LinkAction.Run.class)).hasSize(2);
    world.assign("a", 1);
    assertThat(world.actions(LinkAction.Run.class)).hasSize(2);
  }

  @Test
  void shouldRefuseAnAttemptWhenALaterOneIsHere() {
    CoreWorld world = CoreWorld.linked(4);
    world.assign("a", 3);
    world.assign("a", 2);

    assertThat(report(world.writable()).getRefused(0).getRef()).isEqualTo(ref("a", 2));
    assertThat(world.actions(LinkAction.Interrupt.class)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = AckStatus.class,
      names = {"ACK_STATUS_RECORDED", "ACK_STATUS_STALE", "ACK_STATUS_UNKNOWN"})
  void shouldSendAResultOnEachLinkUntilItIsAcked(AckStatus status) {
    CoreWorld world = CoreWorld.linked(4);
    world.assign("a", 1);
    world.succeed("a", 1);
    assertThat(report(world.writable()).getFinishedList()).hasSize(1);
    assertThat(world.writable()).isEmpty();

    for (int link = 0; link < 2; link++) {
      world.loseLink();
      world.relink(welcome(Welcome.newBuilder().addKeep(ref("a", 1))));
      Finished again = report(world.writable()).getFinished(0);
      assertThat(again.getResult().getData().toStringUtf8()).isEqualTo("done");
    }

    world.ack("a", 1, status);
    world.loseLink();
    world.relink(welcome());
    assertThat(report(world.writable()).getFinishedList()).isEmpty();
    assertThat(world.core.heldCount()).isZero();
  }

  @Test
  void shouldSendResultsWithinTheBatchLimitWhenManyWait() {
    CoreWorld world = CoreWorld.linked(200);
    for (int i = 0; i < 150; i++) {
      world.assign("t" + i, 1);
    }
    world.writable();
    world.loseLink();
    for (int i = 0; i < 150; i++) {
      int size = i == 70 ? 900_000 : 10_000;
      world.succeed("t" + i, 1, TaskOutput.data(ByteString.copyFrom(new byte[size])));
    }
    world.relink(welcome());

    List<Report> reports = reports(world.writable());

    assertThat(report(world.said).getFinishedList()).hasSize(150);
    for (Report report : reports) {
      int entries = report.getAcceptedCount() + report.getFinishedCount();
      assertThat(entries).isBetween(1, 64);
      assertThat(report.getSerializedSize() <= 256 << 10 || entries == 1).isTrue();
    }
  }

  @Test
  void shouldReportAFailureWhenTheHandlerFailed() {
    CoreWorld world = CoreWorld.linked(1);
    world.assign("a", 1);
    world.returned(
        "a",
        1,
        new WorkOutcome.Failed(HandlerFailures.failure("MODEL_GONE", "no model", true), false));

    Failure failure = report(world.writable()).getFinished(0).getFailure();

    assertThat(failure.getCode()).isEqualTo("MODEL_GONE");
    assertThat(failure.getRetryable()).isTrue();
  }

  @Test
  void shouldFailWhenTheResultIsTooLarge() {
    CoreWorld world = new CoreWorld(1);
    world.step(new LinkEvent.Started());
    world.writable();
    world.hear(
        welcome(Welcome.newBuilder().setLimits(LinkLimits.newBuilder().setMaxPayloadBytes(1000))));
    world.assign("a", 1);
    world.succeed("a", 1, TaskOutput.data(ByteString.copyFrom(new byte[1001])));

    Failure failure = report(world.writable()).getFinished(0).getFailure();

    assertThat(failure.getCode()).isEqualTo("RESULT_TOO_LARGE");
    assertThat(failure.getRetryable()).isFalse();
    assertThat(failure.getMessage()).contains("1001").contains("1000");
  }

  @Test
  void shouldHandBackAtNoCostWhenTheHandlerRefuses() {
    CoreWorld world = CoreWorld.linked(1);
    world.assign("a", 1);
    world.returned("a", 1, new WorkOutcome.HandedBack("model busy", Duration.ofSeconds(7)));

    Report report = report(world.writable());

    assertThat(report.getRefused(0).getReason()).isEqualTo("model busy");
    assertThat(report.getRefused(0).getRetryAfter().getSeconds()).isEqualTo(7);
    assertThat(report.getFinishedList()).isEmpty();
    assertThat(world.core.heldCount()).isZero();
  }

  @Test
  void shouldSayWhatElseItCannotServeWhenTheHandlerRefuses() {
    CoreWorld world = CoreWorld.linked(3);
    List<RefusalScope> scopes = new ArrayList<>();
    for (TaskRefusedException.Scope scope : TaskRefusedException.Scope.values()) {
      String task = scope.name();
      world.assign(task, 1);
      world.returned(task, 1, new WorkOutcome.HandedBack("cold", Duration.ofSeconds(7), scope));
      scopes.add(report(world.writable()).getRefused(0).getScope());
    }
    assertThat(scopes)
        .containsExactly(
            RefusalScope.REFUSAL_SCOPE_TASK,
            RefusalScope.REFUSAL_SCOPE_TYPE,
            RefusalScope.REFUSAL_SCOPE_NODE);
  }

  @Test
  void shouldHandBackOnTheNextLinkWhenThereWasNone() {
    CoreWorld world = CoreWorld.linked(1);
    world.assign("a", 1);
    world.writable();
    world.loseLink();
    world.returned("a", 1, new WorkOutcome.HandedBack("model busy", Duration.ofSeconds(7)));

    LinkRequest hello = world.relink(welcome(Welcome.newBuilder().addKeep(ref("a", 1))));

    assertThat(held(hello.getHello().getHeldList())).containsExactly("a/1");
    assertThat(report(world.writable()).getRefusedList()).hasSize(1);
    assertThat(world.core.heldCount()).isZero();
  }

  @Test
  void shouldSayStoppedOnlyWhenTheHandlerHasReturned() {
    CoreWorld world = CoreWorld.linked(1);
    world.assign("a", 1);
    world.writable();
    world.cancel("a", 1);
    world.cancel("a", 1);

    assertThat(world.actions(LinkAction.Interrupt.class)).hasSize(1);
    assertThat(report(world.writable()).getStoppedList()).isEmpty();
    world.assign("b", 1);
    assertThat(report(world.writable()).getRefusedList()).hasSize(1);
    assertThat(held(world.beatNow().getHeldList())).containsExactly("a/1");

    world.succeed("a", 1);
    Report report = report(world.writable());
    assertThat(report.getStopped(0).getRef()).isEqualTo(ref("a", 1));
    assertThat(report.getFinishedList()).isEmpty();
    world.assign("b", 2);
    assertThat(report(world.writable()).getAcceptedList()).hasSize(1);
  }

  @Test
  void shouldSayStoppedAtOnceWhenTheCancelledAttemptIsNotHere() {
    CoreWorld world = CoreWorld.linked(1);
    world.cancel("gone", 4);

    assertThat(report(world.writable()).getStopped(0).getRef()).isEqualTo(ref("gone", 4));
  }

  @Test
  void shouldSayStoppedAndKeepTheResultWhenCancelledAfterTheEnd() {
    CoreWorld world = CoreWorld.linked(1);
    world.assign("a", 1);
    world.succeed("a", 1);
    world.cancel("a", 1);

    Report report = report(world.writable());

    assertThat(report.getStoppedList()).hasSize(1);
    assertThat(report.getFinishedList()).hasSize(1);
  }

  @Test
  void shouldReadAcksAssignsAndCancelsInThisOrder() {
    CoreWorld world = CoreWorld.linked(1);
    world.assign("a", 1);
    world.succeed("a", 1);
    world.writable();

    world.hear(
        directive(
            Directive.newBuilder()
                .addCancels(Cancel.newBuilder().setRef(ref("b", 1)))
                .addAssigns(CoreWorld.assignment("b", 1, 0))
                .addFinishedAcks(FinishedAck.newBuilder().setRef(ref("a", 1)))));

    assertThat(world.actions(LinkAction.Run.class)).hasSize(2);
    assertThat(world.actions(LinkAction.Interrupt.class)).hasSize(1);
    assertThat(world.core.heldCount()).isEqualTo(1);
  }

  @Test
  void shouldStopAndForgetWhatTheBeatReplyDrops() {
    CoreWorld world = CoreWorld.linked(3);
    world.assign("runs", 1);
    world.assign("done", 1);
    world.assign("stays", 1);
    world.succeed("done", 1);
    world.writable();

    world.hear(beatReply(BeatReply.newBuilder().addDrop(ref("runs", 1)).addDrop(ref("done", 1))));
    world.hear(beatReply(BeatReply.newBuilder().addDrop(ref("runs", 1))));

    assertThat(world.actions(LinkAction.Interrupt.class))
        .containsExactly(new LinkAction.Interrupt(ref("runs", 1)));
    world.succeed("runs", 1);
    Report report = report(world.writable());
    assertThat(report.getStoppedList()).hasSize(2);
    assertThat(report.getFinishedList()).isEmpty();
    assertThat(world.core.heldCount()).isEqualTo(1);
  }

  @Test
  void shouldKeepRunningWhatTheWelcomeKeepsAndStopWhatItDrops() {
    CoreWorld world = CoreWorld.linked(4);
    world.assign("keep", 1);
    world.assign("drop", 1);
    world.assign("drop-done", 1);
    world.succeed("drop-done", 1);
    world.writable();
    world.loseLink();
    world.relink(
        welcome(
            Welcome.newBuilder()
                .addKeep(ref("keep", 1))
                .addDrop(ref("drop", 1))
                .addDrop(ref("drop-done", 1))));

    assertThat(world.actions(LinkAction.Interrupt.class))
        .containsExactly(new LinkAction.Interrupt(ref("drop", 1)));
    assertThat(world.actions(LinkAction.Run.class)).hasSize(3);
    assertThat(report(world.writable()).getFinishedList()).isEmpty();
    world.succeed("keep", 1);
    assertThat(report(world.writable()).getFinished(0).getRef()).isEqualTo(ref("keep", 1));
  }

  @Test
  void shouldAcceptAgainOnANewLinkUnlessTheGatewayHasReceivedIt() {
    CoreWorld world = CoreWorld.linked(4);
    world.assign("sure", 1);
    world.writable();
    world.assign("unsure", 1);
    world.writable();
    world.hear(beatReply(BeatReply.newBuilder().setReceivedThrough(2)));
    world.loseLink();
    world.relink(welcome());

    Report report = report(world.writable());

    assertThat(report.getAcceptedList()).hasSize(1);
    assertThat(report.getAccepted(0).getRef()).isEqualTo(ref("unsure", 1));
  }

  @Test
  void shouldSayStoppedAgainOnANewLinkUnlessTheGatewayHasReceivedIt() {
    CoreWorld world = CoreWorld.linked(4);
    world.cancel("sure", 1);
    world.writable();
    world.cancel("unsure", 1);
    world.writable();
    world.hear(beatReply(BeatReply.newBuilder().setReceivedThrough(2)));
    world.loseLink();
    world.relink(welcome());

    assertThat(report(world.writable()).getStoppedList())
        .extracting(stopped -> stopped.getRef())
        .containsExactly(ref("unsure", 1));
  }

  @Test
  void shouldFailWithRunTimeoutWhenTheHandlerReturnsAfterTheInterrupt() {
    CoreWorld world = CoreWorld.linked(1);
    world.assign("a", 1, 10);
    world.pass(9_999);
    assertThat(world.actions(LinkAction.Interrupt.class)).isEmpty();
    world.pass(1);
    assertThat(world.actions(LinkAction.Interrupt.class)).hasSize(1);

    world.succeed("a", 1);

    Report report = report(world.writable());
    assertThat(report.getFinished(0).getFailure().getCode()).isEqualTo("RUN_TIMEOUT");
    assertThat(report.getFinished(0).getFailure().getRetryable()).isTrue();
    assertThat(report.getStoppedList()).isEmpty();
  }

  @Test
  void shouldReportTheTimeoutAndKeepTheSlotWhenTheHandlerIgnoresTheInterrupt() {
    CoreWorld world = CoreWorld.linked(2);
    world.assign("a", 1, 1);
    world.pass(1_000 + Workload.TIMEOUT_PATIENCE_MILLIS);
    List<LinkRequest> said = world.writable();

    assertThat(report(said).getFinished(0).getFailure().getCode()).isEqualTo("RUN_TIMEOUT");
    assertThat(CoreWorld.beats(said).get(0).getSlots()).isEqualTo(1);
    world.ack("a", 1, AckStatus.ACK_STATUS_RECORDED);
    world.assign("b", 1);
    world.assign("c", 1);
    said = world.writable();
    assertThat(report(said).getAcceptedList()).hasSize(1);
    assertThat(report(said).getRefusedList()).hasSize(1);
    assertThat(held(world.beatNow().getHeldList())).containsExactly("b/1");

    world.succeed("a", 1);
    said = world.writable();
    assertThat(report(said).getStopped(0).getRef()).isEqualTo(ref("a", 1));
    assertThat(CoreWorld.beats(said).get(0).getSlots()).isEqualTo(2);
  }

  @Test
  void shouldSayAcceptedThenOutputThenTheEndWhenAllWaited() {
    CoreWorld world = CoreWorld.linked(4);
    world.assign("a", 1);
    world.write("a", 1, "x".repeat(600_000));
    world.succeed("a", 1);

    List<Report> reports = reports(world.writable());

    assertThat(reports.get(0).getAcceptedList()).hasSize(1);
    int lastOutput = -1;
    int finished = -1;
    for (int i = 0; i < reports.size(); i++) {
      lastOutput = reports.get(i).getOutputCount() > 0 ? i : lastOutput;
      finished = reports.get(i).getFinishedCount() > 0 ? i : finished;
      assertThat(reports.get(i).getSerializedSize()).isLessThanOrEqualTo(256 << 10);
    }
    assertThat(finished).isGreaterThanOrEqualTo(lastOutput);
    assertThat(CoreWorld.output(world.said)).hasSize(600_000);
  }

  @Test
  void shouldSendOutputAgainFromWhereTheWelcomeSays() {
    CoreWorld world = CoreWorld.linked(4);
    world.assign("a", 1);
    world.write("a", 1, "0123456789");
    world.writable();
    world.loseLink();
    world.write("a", 1, "abc");
    world.relink(
        welcome(
            Welcome.newBuilder()
                .addKeep(ref("a", 1))
                .addOutputReceived(outputReceived("a", 1, 4))));

    List<LinkRequest> said = world.writable();

    assertThat(report(said).getOutput(0).getChunk().getOffset()).isEqualTo(4);
    assertThat(CoreWorld.output(said)).isEqualTo("456789abc");
  }

  @Test
  void shouldSendTheResultAfterTheRepeatedOutputWhenBothAreKept() {
    CoreWorld world = CoreWorld.linked(4);
    world.assign("a", 1);
    world.write("a", 1, "0123456789");
    world.succeed("a", 1);
    world.writable();
    world.loseLink();
    world.relink(welcome());

    List<LinkRequest> said = world.writable();

    assertThat(CoreWorld.output(said)).isEqualTo("0123456789");
    assertThat(report(said).getFinishedList()).hasSize(1);
  }

  @Test
  void shouldNotRepeatOutputThatTheGatewayHas() {
    CoreWorld world = CoreWorld.linked(4);
    world.assign("a", 1);
    world.write("a", 1, "0123456789");
    world.writable();
    world.received("a", 1, 10);
    world.loseLink();
    world.relink(welcome());

    assertThat(report(world.writable()).getOutputList()).isEmpty();
  }

  @Test
  void shouldStayWithinTheCreditAndGoOnWhenThereIsMore() {
    CoreWorld world = new CoreWorld(4);
    world.step(new LinkEvent.Started());
    world.writable();
    world.hear(
        welcome(
            Welcome.newBuilder().setLimits(LinkLimits.newBuilder().setOutputCreditBytes(50_000))));
    world.assign("a", 1);
    world.write("a", 1, "x".repeat(120_000));

    assertThat(CoreWorld.output(world.writable())).hasSizeBetween(49_000, 50_000);
    assertThat(world.writable()).isEmpty();
    world.received("a", 1, 50_000);
    assertThat(CoreWorld.output(world.writable())).hasSizeBetween(49_000, 51_000);
  }

  @Test
  void shouldSendTheResultWithoutTheRestOfTheOutputWhenCreditNeverComes() {
    CoreWorld world = new CoreWorld(4);
    world.step(new LinkEvent.Started());
    world.writable();
    world.hear(
        welcome(
            Welcome.newBuilder().setLimits(LinkLimits.newBuilder().setOutputCreditBytes(1_000))));
    world.assign("a", 1);
    world.write("a", 1, "x".repeat(5_000));
    world.succeed("a", 1);
    assertThat(report(world.writable()).getFinishedList()).isEmpty();

    world.pass(Workload.LAST_WORDS_PATIENCE_MILLIS);

    assertThat(report(world.writable()).getFinishedList()).hasSize(1);
  }

  @Test
  void shouldDropTheOldestOutputWhenTheGatewayTakesNone() {
    CoreWorld world = CoreWorld.linked(4);
    world.assign("a", 1);
    world.writable();
    for (int i = 0; i < 40; i++) {
      world.write("a", 1, "x".repeat(65_536));
    }

    List<AttemptOutput> output = report(world.writable()).getOutputList();

    long sent = output.stream().mapToLong(o -> o.getChunk().getText().length()).sum();
    assertThat(sent).isLessThanOrEqualTo(1 << 20);
    AttemptOutput last = output.get(output.size() - 1);
    assertThat(last.getChunk().getOffset() + last.getChunk().getText().length())
        .isEqualTo(40 * 65_536);
    assertThat(output.get(0).getChunk().getOffset()).isEqualTo(40 * 65_536 - sent);
  }

  @Test
  void shouldGiveOutputOfSeveralAttemptsEqualTurns() {
    CoreWorld world = CoreWorld.linked(4);
    world.assign("a", 1);
    world.assign("b", 1);
    world.writable();
    world.write("a", 1, "a".repeat(1 << 20));
    world.write("b", 1, "b".repeat(40_000));

    Report first = reports(world.writable()).get(0);

    assertThat(first.getOutputList()).extracting(AttemptOutput::getTaskId).contains("a", "b");
  }

  @Test
  void shouldTellProgressAndOutputOffsetInBeats() {
    CoreWorld world = CoreWorld.linked(4);
    world.assign("a", 1);
    world.write("a", 1, "12345");
    world.write("a", 1, OutputStreamKind.PROGRESS, ByteString.EMPTY);
    world.writable();

    var held = world.beatNow().getHeld(0);

    assertThat(held.getProgress()).isEqualTo(2);
    assertThat(held.getOutputOffset()).isEqualTo(5);
  }

  @Test
  void shouldTakeNoMoreWorkWhenTooManyResultsWait() {
    CoreWorld world = CoreWorld.linked(100);
    byte[] large = new byte[1 << 20];
    for (int i = 0; i < 64; i++) {
      world.assign("t" + i, 1);
      world.succeed("t" + i, 1, TaskOutput.data(ByteString.copyFrom(large)));
    }
    world.writable();

    world.assign("more", 1);
    List<LinkRequest> said = world.writable();
    assertThat(report(said).getRefused(0).getReason()).contains("results wait");

    world.ack("t0", 1, AckStatus.ACK_STATUS_RECORDED);
    world.assign("more", 2);
    assertThat(report(world.writable()).getAcceptedList()).hasSize(1);
  }

  @Test
  void shouldWarnOnceWhenAHandlerIgnoresItsCancel() {
    CoreWorld world = CoreWorld.linked(1);
    world.assign("a", 1);
    world.cancel("a", 1);
    int before = world.actions(LinkAction.Notice.class).size();
    for (int i = 0; i < 6; i++) {
      world.pass(5_000);
      world.hear(beatReply(BeatReply.newBuilder()));
    }

    assertThat(world.actions(LinkAction.Notice.class)).hasSize(before + 1);
  }
}
