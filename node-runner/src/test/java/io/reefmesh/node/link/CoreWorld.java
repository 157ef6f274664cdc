package io.reefmesh.node.link;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import io.grpc.Status;
import io.reefmesh.node.TaskContext.OutputStreamKind;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.node.work.OutputPiece;
import io.reefmesh.node.work.WorkOutcome;
import io.reefmesh.v1.AckStatus;
import io.reefmesh.v1.Assign;
import io.reefmesh.v1.AttemptRef;
import io.reefmesh.v1.Beat;
import io.reefmesh.v1.BeatReply;
import io.reefmesh.v1.Cancel;
import io.reefmesh.v1.Directive;
import io.reefmesh.v1.Drain;
import io.reefmesh.v1.FinishedAck;
import io.reefmesh.v1.HeldAttempt;
import io.reefmesh.v1.LinkRequest;
import io.reefmesh.v1.LinkResponse;
import io.reefmesh.v1.Move;
import io.reefmesh.v1.NodeType;
import io.reefmesh.v1.OutputReceived;
import io.reefmesh.v1.Probe;
import io.reefmesh.v1.Report;
import io.reefmesh.v1.Welcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * A core with a clock that stands still until it is moved, and a gateway that says what it is told.
 */
final class CoreWorld {

  static final long BEAT_MILLIS = 5_000;

  /** Draws the largest number asked for, so that every wait is its upper bound. */
  static final RandomGenerator LONGEST =
      new RandomGenerator() {
        @Override
        public long nextLong() {
          return Long.MAX_VALUE;
        }

        @Override
        public long nextLong(long bound) {
          return bound - 1;
        }
      };

  final LinkCore core;
  final List<LinkAction> actions = new ArrayList<>();
  final List<LinkRequest> said = new ArrayList<>();
  private final Map<Long, Long> gatewaySequences = new HashMap<>();
  long now = 1_000;
  long link;

  CoreWorld(int slots) {
    this(slots, LONGEST);
  }

  CoreWorld(int slots, RandomGenerator random) {
    core = new LinkCore(profile(slots), random);
  }

  private static LinkProfile profile(int slots) {
    return new LinkProfile(
        "n1",
        "00000000000000aa",
        NodeType.NODE_TYPE_AGENT,
        List.of("cpu"),
        List.of("work"),
        Map.of("zone", "home"),
        slots,
        7,
        true,
        "1.2.3");
  }

  /** A node that is linked. */
  static CoreWorld linked(int slots) {
    CoreWorld world = new CoreWorld(slots);
    world.step(new LinkEvent.Started());
    world.writable();
    world.hear(welcome());
    return world;
  }

  List<LinkAction> step(LinkEvent event) {
    List<LinkAction> taken = core.step(event, now);
    for (LinkAction action : taken) {
      if (action instanceof LinkAction.Dial dial) {
        link = dial.link();
      }
    }
    actions.addAll(taken);
    return taken;
  }

  /** Moves the clock, stopping wherever the core wants to be woken. */
  void pass(long millis) {
    long end = now + millis;
    while (core.nextWakeMillis() <= end) {
      now = Math.max(now, core.nextWakeMillis());
      step(new LinkEvent.TimePassed());
    }
    now = end;
  }

  /** Pulls all that the core wants to say on the newest link. */
  List<LinkRequest> writable() {
    return writable(link);
  }

  List<LinkRequest> writable(long number) {
    List<LinkRequest> pulled = new ArrayList<>();
    LinkRequest next = core.nextMessage(number, now);
    while (next != null) {
      pulled.add(next);
      next = core.nextMessage(number, now);
    }
    said.addAll(pulled);
    return pulled;
  }

  void hear(LinkResponse.Builder message) {
    hear(link, message);
  }

  void hear(long number, LinkResponse.Builder message) {
    long sequence = gatewaySequences.merge(number, 1L, Long::sum);
    step(new LinkEvent.Heard(number, message.setSequence(sequence).build()));
  }

  void loseLink() {
    step(new LinkEvent.Closed(link, Status.Code.UNAVAILABLE, "cut"));
  }

  /** Waits for the next dial, begins it and is welcomed; gives what was said in Hello. */
  LinkRequest relink(LinkResponse.Builder welcome) {
    pass(20_000);
    LinkRequest hello = writable().get(0);
    hear(welcome);
    return hello;
  }

  void assign(String task, int attempt) {
    assign(task, attempt, 0);
  }

  void assign(String task, int attempt, long runSeconds) {
    hear(directive(Directive.newBuilder().addAssigns(assignment(task, attempt, runSeconds))));
  }

  static Assign assignment(String task, int attempt, long runSeconds) {
    return Assign.newBuilder()
        .setRef(ref(task, attempt))
        .setType("work")
        .setRunTimeout(Duration.newBuilder().setSeconds(runSeconds))
        .build();
  }

  void cancel(String task, int attempt) {
    Cancel cancel = Cancel.newBuilder().setRef(ref(task, attempt)).build();
    hear(directive(Directive.newBuilder().addCancels(cancel)));
  }

  void ack(String task, int attempt, AckStatus status) {
    FinishedAck ack = FinishedAck.newBuilder().setRef(ref(task, attempt)).setStatus(status).build();
    hear(directive(Directive.newBuilder().addFinishedAcks(ack)));
  }

  void received(String task, int attempt, long offset) {
    hear(
        directive(Directive.newBuilder().addOutputReceived(outputReceived(task, attempt, offset))));
  }

  void succeed(String task, int attempt) {
    succeed(task, attempt, TaskOutput.text("done"));
  }

  void succeed(String task, int attempt, TaskOutput output) {
    returned(task, attempt, new WorkOutcome.Succeeded(output));
  }

  void returned(String task, int attempt, WorkOutcome outcome) {
    step(new LinkEvent.HandlerReturned(ref(task, attempt), outcome));
  }

  void write(String task, int attempt, String text) {
    write(task, attempt, OutputStreamKind.STDOUT, ByteString.copyFromUtf8(text));
  }

  void write(String task, int attempt, OutputStreamKind kind, ByteString bytes) {
    step(new LinkEvent.OutputWritten(ref(task, attempt), 0, List.of(new OutputPiece(kind, bytes))));
  }

  // Looking at what happened.

  static AttemptRef ref(String task, int attempt) {
    return AttemptRef.newBuilder().setTaskId(task).setAttempt(attempt).build();
  }

  <A extends LinkAction> List<A> actions(Class<A> kind) {
    return actions.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  static List<Report> reports(List<LinkRequest> messages) {
    return messages.stream().filter(LinkRequest::hasReport).map(LinkRequest::getReport).toList();
  }

  /** All reports as one. */
  static Report report(List<LinkRequest> messages) {
    Report.Builder all = Report.newBuilder();
    reports(messages).forEach(all::mergeFrom);
    return all.build();
  }

  static List<Beat> beats(List<LinkRequest> messages) {
    return messages.stream().filter(LinkRequest::hasBeat).map(LinkRequest::getBeat).toList();
  }

  static String output(List<LinkRequest> messages) {
    StringBuilder text = new StringBuilder();
    report(messages).getOutputList().forEach(output -> text.append(output.getChunk().getText()));
    return text.toString();
  }

  static List<String> held(List<HeldAttempt> held) {
    return held.stream()
        .map(
            one ->
                one.getRef().getTaskId()
                    + "/"
                    + one.getRef().getAttempt()
                    + (one.getFinished() ? " finished" : ""))
        .toList();
  }

  /** Waits for a beat and gives it. */
  Beat beatNow() {
    pass(BEAT_MILLIS);
    return beats(writable()).get(0);
  }

  // What a gateway says.

  static LinkResponse.Builder welcome() {
    return welcome(Welcome.newBuilder());
  }

  static LinkResponse.Builder welcome(Welcome.Builder welcome) {
    return LinkResponse.newBuilder()
        .setWelcome(
            welcome
                .setGatewayId("g1")
                .setBeatInterval(Duration.newBuilder().setSeconds(BEAT_MILLIS / 1000))
                .setLease(Duration.newBuilder().setSeconds(15)));
  }

  static LinkResponse.Builder directive(Directive.Builder directive) {
    return LinkResponse.newBuilder().setDirective(directive);
  }

  static LinkResponse.Builder beatReply(BeatReply.Builder reply) {
    return LinkResponse.newBuilder().setBeatReply(reply);
  }

  static LinkResponse.Builder drain(boolean draining) {
    return LinkResponse.newBuilder().setDrain(Drain.newBuilder().setDraining(draining));
  }

  static LinkResponse.Builder probe() {
    return LinkResponse.newBuilder().setProbe(Probe.newBuilder());
  }

  static LinkResponse.Builder move(String target) {
    return LinkResponse.newBuilder().setMove(Move.newBuilder().setTarget(target));
  }

  static OutputReceived outputReceived(String task, int attempt, long offset) {
    return OutputReceived.newBuilder().setRef(ref(task, attempt)).setOffset(offset).build();
  }
}
