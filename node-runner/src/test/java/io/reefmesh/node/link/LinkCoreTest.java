package io.reefmesh.node.link;

import static io.reefmesh.node.link.CoreWorld.beatReply;
import static io.reefmesh.node.link.CoreWorld.beats;
import static io.reefmesh.node.link.CoreWorld.directive;
import static io.reefmesh.node.link.CoreWorld.drain;
import static io.reefmesh.node.link.CoreWorld.held;
import static io.reefmesh.node.link.CoreWorld.move;
import static io.reefmesh.node.link.CoreWorld.probe;
import static io.reefmesh.node.link.CoreWorld.ref;
import static io.reefmesh.node.link.CoreWorld.report;
import static io.reefmesh.node.link.CoreWorld.welcome;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import io.grpc.Status;
import io.reefmesh.v1.Beat;
import io.reefmesh.v1.BeatReply;
import io.reefmesh.v1.Directive;
import io.reefmesh.v1.Hello;
import io.reefmesh.v1.LinkRequest;
import io.reefmesh.v1.NodeStatus;
import io.reefmesh.v1.Welcome;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.event.Level;

/** The life of links: dialling, Hello, beats, silence, moves, stopping. */
final class LinkCoreTest {

  @Test
  void shouldSayHelloFirstAndNothingElseWhenNotWelcomedYet() {
    CoreWorld world = new CoreWorld(4);
    world.step(new LinkEvent.Started());

    List<LinkRequest> said = world.writable();

    assertThat(world.actions).containsExactly(new LinkAction.Dial(1, null));
    assertThat(said).hasSize(1);
    assertThat(said.get(0).getSequence()).isEqualTo(1);
    Hello hello = said.get(0).getHello();
    assertThat(hello.getProtocolVersion()).isEqualTo(1);
    assertThat(hello.getNodeId()).isEqualTo("n1");
    assertThat(hello.getIncarnation()).isEqualTo("00000000000000aa");
    assertThat(hello.getTaskTypesList()).containsExactly("work");
    assertThat(hello.getSlots()).isEqualTo(4);
    assertThat(hello.getWeight()).isEqualTo(7);
    assertThat(hello.getCapabilitiesList()).containsExactly("cpu");
    assertThat(hello.getLabelsMap()).containsEntry("zone", "home");
    assertThat(hello.getKeepsSessionState()).isTrue();
    assertThat(hello.getSoftwareVersion()).isEqualTo("1.2.3");
    assertThat(hello.getReceivedThrough()).isZero();
    assertThat(hello.getLinkNumber()).isEqualTo(1);
    assertThat(world.core.isLinked()).isFalse();
  }

  @Test
  void shouldNumberItsMessagesFromOneOnEachLink() {
    CoreWorld world = CoreWorld.linked(4);
    world.pass(3 * CoreWorld.BEAT_MILLIS - 1);
    world.writable();
    world.assign("a", 1);
    world.writable();
    world.loseLink();
    int before = world.said.size();
    world.relink(welcome());
    world.assign("b", 1);
    world.writable();

    assertThat(sequences(world.said.subList(0, before))).isEqualTo(upTo(before));
    int after = world.said.size() - before;
    assertThat(after).isGreaterThan(1);
    assertThat(sequences(world.said.subList(before, world.said.size()))).isEqualTo(upTo(after));
  }

  @Test
  void shouldNameEverythingItHoldsInHelloWhenItComesBack() {
    CoreWorld world = CoreWorld.linked(4);
    world.assign("runs", 2);
    world.assign("done", 1);
    world.assign("acked", 1);
    world.succeed("done", 1);
    world.succeed("acked", 1);
    world.writable();
    world.ack("acked", 1, io.reefmesh.v1.AckStatus.ACK_STATUS_RECORDED);
    world.loseLink();

    Hello hello = world.relink(welcome()).getHello();

    assertThat(held(hello.getHeldList())).containsExactly("runs/2", "done/1 finished");
    // Welcome, three directives with assigns, one with the ack.
    assertThat(hello.getReceivedThrough()).isEqualTo(5);
  }

  @Test
  void shouldBeatAtTheIntervalOfTheWelcome() {
    CoreWorld world = CoreWorld.linked(4);

    world.pass(CoreWorld.BEAT_MILLIS - 1);
    assertThat(world.writable()).isEmpty();
    world.pass(1);
    assertThat(beats(world.writable())).hasSize(1);
  }

  @Test
  void shouldBeatAtTheIntervalOfTheReplyWhenItIsStretched() {
    CoreWorld world = CoreWorld.linked(4);
    world.pass(CoreWorld.BEAT_MILLIS);
    world.writable();

    world.hear(
        beatReply(BeatReply.newBuilder().setBeatInterval(Duration.newBuilder().setSeconds(30))));
    world.pass(29_999);
    assertThat(world.writable()).isEmpty();
    world.pass(1);
    assertThat(beats(world.writable())).hasSize(1);
  }

  @Test
  void shouldBeatFirstWhenTheWelcomeSaysAndThenAtTheInterval() {
    CoreWorld world = new CoreWorld(4);
    world.step(new LinkEvent.Started());
    world.writable();
    world.hear(
        welcome(Welcome.newBuilder().setFirstBeat(Duration.newBuilder().setNanos(700_000_000))));
    world.writable();

    world.pass(699);
    assertThat(beats(world.writable())).isEmpty();
    world.pass(1);
    assertThat(beats(world.writable())).hasSize(1);
    world.pass(CoreWorld.BEAT_MILLIS - 1);
    assertThat(beats(world.writable())).isEmpty();
    world.pass(1);
    assertThat(beats(world.writable())).hasSize(1);
  }

  @Test
  void shouldBeatSoonerAtOnceWhenTheReplyShortensTheInterval() {
    CoreWorld world = CoreWorld.linked(4);
    world.pass(CoreWorld.BEAT_MILLIS);
    world.writable();

    world.hear(
        beatReply(BeatReply.newBuilder().setBeatInterval(Duration.newBuilder().setSeconds(1))));
    world.pass(999);
    assertThat(world.writable()).isEmpty();
    world.pass(1);
    assertThat(beats(world.writable())).hasSize(1);
  }

  @Test
  void shouldKnowWhetherItIsDrained() {
    CoreWorld world = CoreWorld.linked(4);
    assertThat(world.core.isDrained()).isFalse();
    world.hear(drain(true));
    assertThat(world.core.isDrained()).isTrue();
    world.hear(drain(true));
    assertThat(world.actions(LinkAction.Notice.class))
        .filteredOn(notice -> notice.text().contains("drains"))
        .hasSize(1);
    world.hear(drain(false));
    assertThat(world.core.isDrained()).isFalse();
  }

  @Test
  void shouldComposeTheBeatWhenItIsWrittenNotWhenItIsDue() {
    CoreWorld world = CoreWorld.linked(4);
    world.assign("a", 1);
    world.pass(CoreWorld.BEAT_MILLIS);
    // The beat is due, the stream is not writable; meanwhile this happens:
    world.assign("b", 1);
    world.succeed("a", 1);
    world.step(new LinkEvent.LoadMeasured(0.5, 7));

    Beat beat = beats(world.writable()).get(0);

    assertThat(held(beat.getHeldList())).containsExactly("a/1 finished", "b/1");
    assertThat(beat.getReceivedThrough()).isEqualTo(3);
    assertThat(beat.getCpuLoad()).isEqualTo(0.5);
    assertThat(beat.getMemoryLoad()).isEqualTo(1);
    assertThat(beat.getStatus()).isEqualTo(NodeStatus.NODE_STATUS_HEALTHY);
  }

  @Test
  void shouldWriteTheBeatBeforeEverythingElseAndOnlyOnceWhenTheStreamWasBlocked() {
    CoreWorld world = CoreWorld.linked(4);
    world.assign("a", 1);
    world.writable();
    world.write("a", 1, "x".repeat(900_000));
    for (int reply = 0; reply < 4; reply++) {
      world.pass(CoreWorld.BEAT_MILLIS);
      world.hear(beatReply(BeatReply.newBuilder()));
    }

    List<LinkRequest> said = world.writable();

    assertThat(said.get(0).hasBeat()).isTrue();
    assertThat(beats(said)).hasSize(1);
  }

  @Test
  void shouldBeatAtOnceWhenProbed() {
    CoreWorld world = CoreWorld.linked(4);

    world.hear(probe());

    assertThat(beats(world.writable())).hasSize(1);
  }

  @Test
  void shouldDropTheLinkAndDialAgainWhenTheGatewayIsSilent() {
    CoreWorld world = CoreWorld.linked(4);

    world.pass(14_999);
    assertThat(world.actions(LinkAction.Close.class)).isEmpty();
    world.pass(1);

    assertThat(world.actions(LinkAction.Close.class))
        .containsExactly(new LinkAction.Close(1, false, "the gateway has gone silent"));
    assertThat(world.core.isLinked()).isFalse();
    world.pass(200);
    assertThat(world.actions(LinkAction.Dial.class)).hasSize(2);
  }

  @Test
  void shouldStayWhenTheGatewaySaysAnythingInTime() {
    CoreWorld world = CoreWorld.linked(4);

    for (int i = 0; i < 10; i++) {
      world.pass(14_999);
      world.hear(beatReply(BeatReply.newBuilder()));
    }

    assertThat(world.core.isLinked()).isTrue();
  }

  @Test
  void shouldBeAsPatientAsTheLeaseWhenItIsLongerThanThreeBeats() {
    CoreWorld world = new CoreWorld(4);
    world.step(new LinkEvent.Started());
    world.writable();
    world.hear(welcome(Welcome.newBuilder()));
    world.loseLink();
    world.pass(20_000);
    world.writable();
    world.hear(
        welcome(Welcome.newBuilder())
            .mergeWelcome(
                Welcome.newBuilder().setLease(Duration.newBuilder().setSeconds(40)).build()));

    world.pass(39_999);
    assertThat(world.core.isLinked()).isTrue();
    world.pass(1);
    assertThat(world.core.isLinked()).isFalse();
  }

  @Test
  void shouldGiveUpALinkWhenHelloIsNotAnswered() {
    CoreWorld world = new CoreWorld(4);
    world.step(new LinkEvent.Started());
    world.writable();

    world.pass(10_000);

    assertThat(world.actions(LinkAction.Close.class))
        .containsExactly(new LinkAction.Close(1, false, "the gateway did not answer Hello"));
    world.pass(200);
    assertThat(world.link).isEqualTo(2);
  }

  @Test
  void shouldGiveUpALinkWhenItCannotBeWrittenInTime() {
    CoreWorld world = new CoreWorld(4);
    world.step(new LinkEvent.Started());

    world.pass(10_000);

    assertThat(world.actions(LinkAction.Close.class)).hasSize(1);
    world.pass(200);
    assertThat(world.link).isEqualTo(2);
  }

  @Test
  void shouldIgnoreWhatArrivesFromAnOlderLink() {
    CoreWorld world = CoreWorld.linked(4);
    world.loseLink();
    world.relink(welcome());

    world.hear(1, directive(Directive.newBuilder().addAssigns(CoreWorld.assignment("a", 1, 0))));
    world.step(new LinkEvent.Closed(1, Status.Code.UNAVAILABLE, "late"));

    assertThat(world.actions(LinkAction.Run.class)).isEmpty();
    assertThat(world.core.isLinked()).isTrue();
  }

  @Test
  void shouldDropTheLinkWhenAMessageIsMissing() {
    CoreWorld world = CoreWorld.linked(4);

    world.step(new LinkEvent.Heard(1, directive(Directive.newBuilder()).setSequence(3).build()));

    assertThat(world.core.isLinked()).isFalse();
    assertThat(world.actions(LinkAction.Close.class)).hasSize(1);
  }

  @Test
  void shouldDropTheLinkWhenTheGatewayDoesNotBeginWithWelcome() {
    CoreWorld world = new CoreWorld(4);
    world.step(new LinkEvent.Started());
    world.writable();

    world.hear(beatReply(BeatReply.newBuilder()));

    assertThat(world.actions(LinkAction.Close.class)).hasSize(1);
  }

  @Test
  void shouldDropTheLinkWhenWelcomedTwice() {
    CoreWorld world = CoreWorld.linked(4);

    world.hear(welcome());

    assertThat(world.core.isLinked()).isFalse();
  }

  @Test
  void shouldDoubleTheWaitUpToFifteenSecondsWhenDiallingFails() {
    CoreWorld world = new CoreWorld(4);
    world.step(new LinkEvent.Started());

    assertThat(waits(world, 9, Status.Code.UNAVAILABLE))
        .containsExactly(200L, 400L, 800L, 1600L, 3200L, 6400L, 12_800L, 15_000L, 15_000L);
  }

  @Test
  void shouldDrawTheWaitsFromZeroToTheBound() {
    CoreWorld world = new CoreWorld(4, new SplittableRandom(7));
    world.step(new LinkEvent.Started());
    waits(world, 8, Status.Code.UNAVAILABLE);

    List<Long> waits = waits(world, 200, Status.Code.UNAVAILABLE);

    assertThat(waits).allSatisfy(wait -> assertThat(wait).isBetween(0L, 15_000L));
    assertThat(waits).anySatisfy(wait -> assertThat(wait).isLessThan(3_000));
    assertThat(waits).anySatisfy(wait -> assertThat(wait).isGreaterThan(12_000));
  }

  @Test
  void shouldDialWithinTwoSecondsAtFirstWhenItHoldsWork() {
    CoreWorld world = CoreWorld.linked(4);
    world.assign("a", 1);
    world.loseLink();
    world.pass(200);

    assertThat(waits(world, 7, Status.Code.UNAVAILABLE))
        .containsExactly(400L, 800L, 1600L, 2000L, 2000L, 2000L, 2000L);
    assertThat(waits(world, 2, Status.Code.UNAVAILABLE)).containsExactly(15_000L, 15_000L);
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      names = {
        "UNAUTHENTICATED",
        "PERMISSION_DENIED",
        "FAILED_PRECONDITION",
        "UNIMPLEMENTED",
        "INVALID_ARGUMENT",
        "ALREADY_EXISTS"
      })
  void shouldDialSlowlyAndSayWhyOnceAMinuteWhenTheAnswerWillHardlyChange(Status.Code code) {
    CoreWorld world = CoreWorld.linked(4);
    world.assign("a", 1);
    world.step(new LinkEvent.Closed(1, code, "no"));
    world.actions.clear();
    world.pass(20_000);

    List<Long> waits = waits(world, 12, code);

    assertThat(waits).allSatisfy(wait -> assertThat(wait).isBetween(5_000L, 20_000L));
    long errors =
        world.actions(LinkAction.Notice.class).stream()
            .filter(notice -> notice.level() == Level.ERROR)
            .count();
    long minutes = waits.stream().mapToLong(Long::longValue).sum() / 60_000;
    assertThat(errors).isBetween(1L, minutes + 1);
  }

  @ParameterizedTest
  @EnumSource(value = Status.Code.class)
  void shouldDialAgainWhateverTheCode(Status.Code code) {
    CoreWorld world = new CoreWorld(4);
    world.step(new LinkEvent.Started());

    assertThat(waits(world, 30, code)).hasSize(30);
  }

  @Test
  void shouldForgetEarlierFailuresOnlyWhenALinkWasStable() {
    CoreWorld world = new CoreWorld(4);
    world.step(new LinkEvent.Started());
    waits(world, 6, Status.Code.UNAVAILABLE);
    world.writable();
    world.hear(welcome());
    world.pass(4_999);
    world.loseLink();
    assertThat(untilDial(world)).isEqualTo(12_800);

    world.writable();
    world.hear(welcome());
    world.pass(5_000);
    world.loseLink();
    assertThat(untilDial(world)).isEqualTo(200);
  }

  @Test
  void shouldRefuseWorkWhileDrained() {
    CoreWorld world = CoreWorld.linked(4);
    world.hear(drain(true));
    world.assign("a", 1);
    assertThat(report(world.writable()).getRefused(0).getReason()).contains("draining");

    world.hear(drain(false));
    world.assign("a", 2);
    assertThat(report(world.writable()).getAcceptedList()).hasSize(1);
  }

  @Test
  void shouldRefuseWorkWhenWelcomedAsDraining() {
    CoreWorld world = new CoreWorld(4);
    world.step(new LinkEvent.Started());
    world.writable();
    world.hear(welcome(Welcome.newBuilder().setDraining(true)));

    world.assign("a", 1);

    assertThat(report(world.writable()).getRefusedList()).hasSize(1);
    assertThat(world.actions(LinkAction.Run.class)).isEmpty();
  }

  @Test
  void shouldOpenTheNewLinkBeforeClosingTheOldWhenMoved() {
    CoreWorld world = CoreWorld.linked(4);
    world.assign("a", 1);
    world.writable();

    world.hear(move("other:7420"));
    assertThat(world.actions(LinkAction.Dial.class)).endsWith(new LinkAction.Dial(2, "other:7420"));
    // Until the new one can be written, the old one works on.
    world.hear(1, directive(Directive.newBuilder().addAssigns(CoreWorld.assignment("b", 1, 0))));
    assertThat(report(world.writable(1)).getAcceptedList()).hasSize(1);
    assertThat(world.actions(LinkAction.Close.class)).isEmpty();

    Hello hello = world.writable(2).get(0).getHello();
    assertThat(hello.getLinkNumber()).isEqualTo(2);
    assertThat(held(hello.getHeldList())).containsExactly("a/1", "b/1");
    world.hear(1, directive(Directive.newBuilder().addAssigns(CoreWorld.assignment("c", 1, 0))));
    assertThat(world.actions(LinkAction.Run.class)).hasSize(2);
    assertThat(world.actions(LinkAction.Close.class)).isEmpty();

    world.hear(2, welcome());
    assertThat(world.actions(LinkAction.Close.class).get(0).link()).isEqualTo(1);
    assertThat(world.core.isLinked()).isTrue();
  }

  @Test
  void shouldStayOnTheOldLinkWhenTheNewOneCannotBeHad() {
    CoreWorld world = CoreWorld.linked(4);
    world.hear(move("nowhere:1"));

    world.step(new LinkEvent.Closed(2, Status.Code.UNAVAILABLE, "refused"));

    assertThat(world.core.isLinked()).isTrue();
    world.pass(CoreWorld.BEAT_MILLIS);
    assertThat(beats(world.writable(1))).hasSize(1);
  }

  @Test
  void shouldGoToItsOwnTargetWhenTheLinkAfterAMoveIsLost() {
    CoreWorld world = CoreWorld.linked(4);
    world.hear(move("other:7420"));
    world.writable(2);
    world.step(new LinkEvent.Closed(2, Status.Code.UNAVAILABLE, "cut"));

    world.pass(1_000);

    assertThat(world.actions(LinkAction.Close.class))
        .extracting(LinkAction.Close::link)
        .contains(1L);
    assertThat(world.actions(LinkAction.Dial.class)).endsWith(new LinkAction.Dial(3, null));
  }

  @Test
  void shouldDropALinkThatIsNotRead() {
    CoreWorld world = CoreWorld.linked(0);

    for (int i = 0; i <= 8192; i++) {
      world.assign("t" + i, 1);
    }

    assertThat(world.actions(LinkAction.Close.class)).hasSize(1);
  }

  @Test
  void shouldLeaveAtOnceWhenItIsStoppedIdle() {
    CoreWorld world = CoreWorld.linked(4);

    world.step(new LinkEvent.StopAsked("enough", 30_000));
    List<LinkRequest> said = world.writable();
    world.pass(0);
    assertThat(leavings(said)).containsExactly(false, true);
    assertThat(world.actions(LinkAction.Close.class))
        .containsExactly(new LinkAction.Close(1, true, "the node has left"));

    world.step(new LinkEvent.Closed(1, Status.Code.OK, "bye"));
    assertThat(world.actions).endsWith(new LinkAction.Terminated());
    assertThat(world.core.nextWakeMillis()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void shouldLetWorkFinishAndResultsBeAckedWhenItIsStoppedOnce() {
    CoreWorld world = CoreWorld.linked(4);
    world.assign("a", 1);
    world.writable();

    world.step(new LinkEvent.StopAsked("enough", 30_000));
    world.assign("b", 1);
    List<LinkRequest> said = world.writable();
    assertThat(leavings(said)).containsExactly(false);
    assertThat(report(said).getRefusedList()).hasSize(1);
    Beat beat = world.beatNow();
    assertThat(beat.getStatus()).isEqualTo(NodeStatus.NODE_STATUS_OFFLINE);
    world.hear(beatReply(BeatReply.newBuilder()));

    world.succeed("a", 1);
    assertThat(report(world.writable()).getFinishedList()).hasSize(1);
    assertThat(world.actions(LinkAction.Interrupt.class)).isEmpty();
    world.ack("a", 1, io.reefmesh.v1.AckStatus.ACK_STATUS_RECORDED);
    assertThat(leavings(world.writable())).containsExactly(true);
  }

  @Test
  void shouldComeBackToDeliverResultsWhenTheLinkBreaksWhileStopping() {
    CoreWorld world = CoreWorld.linked(4);
    world.assign("a", 1);
    world.step(new LinkEvent.StopAsked("enough", 60_000));
    world.writable();
    world.loseLink();
    world.succeed("a", 1);

    world.relink(welcome());
    List<LinkRequest> said = world.writable();

    assertThat(leavings(said)).containsExactly(false);
    assertThat(report(said).getFinishedList()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldCancelAndHandBackWhenStoppedTwiceOrTimeIsUp(boolean twice) {
    CoreWorld world = CoreWorld.linked(4);
    world.assign("a", 1);
    world.step(new LinkEvent.StopAsked("enough", 3_000));
    world.writable();
    assertThat(world.actions(LinkAction.Interrupt.class)).isEmpty();

    if (twice) {
      world.step(new LinkEvent.StopAsked("enough", 3_000));
    } else {
      world.pass(3_000);
    }
    assertThat(world.actions(LinkAction.Interrupt.class))
        .containsExactly(new LinkAction.Interrupt(ref("a", 1)));
    assertThat(leavings(world.writable())).isEmpty();

    world.succeed("a", 1);
    List<LinkRequest> said = world.writable();
    assertThat(leavings(said)).containsExactly(true);
    assertThat(report(said).getFinishedList()).isEmpty();
    assertThat(report(said).getStoppedList()).isEmpty();
  }

  @Test
  void shouldLeaveEvenThoughAHandlerIgnoresItsCancel() {
    CoreWorld world = CoreWorld.linked(4);
    world.assign("a", 1);
    world.step(new LinkEvent.StopAsked("enough", 0));
    world.writable();

    world.pass(StopPlan.CANCEL_WITHIN_MILLIS);
    assertThat(leavings(world.writable())).containsExactly(true);
    world.pass(StopPlan.GOODBYE_WITHIN_MILLIS);

    assertThat(world.actions).endsWith(new LinkAction.Terminated());
  }

  @Test
  void shouldTerminateWithoutALinkWhenNothingIsHeld() {
    CoreWorld world = new CoreWorld(4);
    world.step(new LinkEvent.Started());

    world.step(new LinkEvent.StopAsked("enough", 30_000));

    assertThat(world.actions).endsWith(new LinkAction.Terminated());
    assertThat(world.step(new LinkEvent.Closed(1, Status.Code.OK, ""))).isEmpty();
  }

  @Test
  void shouldBeExactlyRepeatable() {
    assertThat(aRandomLife(42)).isEqualTo(aRandomLife(42));
    assertThat(aRandomLife(42)).isNotEqualTo(aRandomLife(43));
  }

  /** What a core does and says in a life full of accidents. */
  private static List<Object> aRandomLife(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    CoreWorld world = new CoreWorld(3, new SplittableRandom(seed));
    world.step(new LinkEvent.Started());
    for (int i = 0; i < 400; i++) {
      String task = "t" + random.nextInt(6);
      switch (random.nextInt(8)) {
        case 0 -> world.assign(task, 1 + random.nextInt(3), random.nextInt(20));
        case 1 -> world.cancel(task, 1 + random.nextInt(3));
        case 2 -> world.succeed(task, 1 + random.nextInt(3));
        case 3 -> world.write(task, 1, "out");
        case 4 -> world.pass(random.nextInt(4_000));
        case 5 -> world.hear(random.nextInt(9) == 0 ? welcome() : probe());
        case 6 -> {
          world.writable();
          if (!world.core.isLinked()) {
            world.hear(welcome());
          }
        }
        default -> {
          if (random.nextInt(10) == 0) {
            world.loseLink();
          }
        }
      }
    }
    List<Object> life = new ArrayList<>(world.actions);
    life.addAll(world.said);
    return life;
  }

  private static List<Long> waits(CoreWorld world, int times, Status.Code code) {
    List<Long> waits = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      world.step(new LinkEvent.Closed(world.link, code, "no"));
      waits.add(untilDial(world));
    }
    return waits;
  }

  private static long untilDial(CoreWorld world) {
    long link = world.link;
    long began = world.now;
    while (world.link == link) {
      world.pass(Math.max(0, world.core.nextWakeMillis() - world.now));
    }
    return world.now - began;
  }

  private static List<Boolean> leavings(List<LinkRequest> said) {
    return said.stream()
        .filter(LinkRequest::hasLeaving)
        .map(message -> message.getLeaving().getUnregister())
        .toList();
  }

  private static List<Long> sequences(List<LinkRequest> said) {
    return said.stream().map(LinkRequest::getSequence).toList();
  }

  private static List<Long> upTo(long last) {
    return LongStream.rangeClosed(1, last).boxed().toList();
  }
}
