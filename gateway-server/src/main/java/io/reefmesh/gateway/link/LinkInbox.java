package io.reefmesh.gateway.link;

import com.google.protobuf.util.Durations;
import io.reefmesh.balancer.Event;
import io.reefmesh.balancer.Failure;
import io.reefmesh.balancer.RefusalScope;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.gateway.door.Refusals;
import io.reefmesh.gateway.engine.Engine;
import io.reefmesh.gateway.store.CoreProtos;
import io.reefmesh.gateway.store.ResultBody;
import io.reefmesh.v1.AttemptOutput;
import io.reefmesh.v1.AttemptRef;
import io.reefmesh.v1.Beat;
import io.reefmesh.v1.Finished;
import io.reefmesh.v1.Hello;
import io.reefmesh.v1.LinkRequest;
import io.reefmesh.v1.NodeMessage;
import io.reefmesh.v1.OutputChunk;
import io.reefmesh.v1.OutputKind;
import io.reefmesh.v1.Payload;
import io.reefmesh.v1.Refused;
import io.reefmesh.v1.Report;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns what one node says into events for the engine. Output goes past the engine, straight to the
 * watchers. Used by one gRPC thread at a time; a message that breaks the rules is refused by
 * throwing.
 */
final class LinkInbox {

  private static final long DEFAULT_REFUSAL_MILLIS = 1_000;
  private static final int MAX_CHUNK_BYTES = 1 << 20;
  private static final int MAX_TOPIC = 64;
  private static final int MAX_MESSAGE_BYTES = 64 * 1024;
  private static final int MAX_REASON = 1_024;

  /** The node hears how much of an attempt's output has come, each time this much more has. */
  private static final long OFFSET_STEP_BYTES = 256 * 1024;

  private final long link;
  private final String address;
  private final long maxResultBytes;
  private final Engine engine;
  private final NodeLinks links;

  private volatile @Nullable String nodeId;

  /** How much output the node was last told to have arrived, by attempt. */
  private final Map<AttemptRef, Long> toldOffsets = new HashMap<>();

  LinkInbox(long link, String address, long maxResultBytes, Engine engine, NodeLinks links) {
    this.link = link;
    this.address = address;
    this.maxResultBytes = maxResultBytes;
    this.engine = engine;
    this.links = links;
  }

  boolean isIntroduced() {
    return nodeId != null;
  }

  @Nullable String nodeId() {
    return nodeId;
  }

  void take(NodeLink from, LinkRequest request) {
    String known = nodeId;
    if (known == null) {
      if (!request.hasHello()) {
        throw Refusals.invalid("hello", "must come first");
      }
      hello(from, request.getHello());
      return;
    }
    switch (request.getMessageCase()) {
      case HELLO -> throw Refusals.invalid("hello", "may come only once");
      case BEAT -> beat(from, request.getBeat());
      case REPORT -> report(from, known, request.getReport());
      case NODE_MESSAGE -> message(from, known, request.getNodeMessage());
      case LEAVING ->
          post(
              from,
              new Event.Leaving(
                  link,
                  cut(request.getLeaving().getReason()),
                  request.getLeaving().getUnregister()));
      case MESSAGE_NOT_SET -> throw Refusals.invalid("message", "is required");
    }
  }

  private void hello(NodeLink from, Hello hello) {
    Event.Hello event = HelloReader.read(link, hello, address);
    nodeId = event.nodeId();
    post(from, event);
    if (from.hasEnded()) {
      // The link's end may have come before the engine had heard of the link.
      engine.post(new Event.LinkClosed(link));
    }
  }

  private void beat(NodeLink from, Beat beat) {
    long pushes = from.outbox().pushesReceivedThrough(beat.getReceivedThrough());
    post(from, HelloReader.read(link, beat, pushes));
  }

  private void report(NodeLink from, String node, Report report) {
    List<Event> events = new ArrayList<>();
    report
        .getAcceptedList()
        .forEach(
            accepted ->
                events.add(
                    new Event.Accepted(
                        link,
                        idOf(accepted.getRef(), "report.accepted"),
                        accepted.getRef().getAttempt())));
    report.getRefusedList().forEach(refused -> events.add(refused(refused)));
    report.getOutputList().forEach(output -> output(from, node, output));
    report.getFinishedList().forEach(finished -> events.add(finished(finished)));
    report
        .getStoppedList()
        .forEach(
            stopped -> {
              toldOffsets.remove(stopped.getRef());
              events.add(
                  new Event.Stopped(
                      link,
                      idOf(stopped.getRef(), "report.stopped"),
                      stopped.getRef().getAttempt()));
            });
    if (events.isEmpty()) {
      from.processed();
      return;
    }
    engine.postAll(events, from::processed);
  }

  private Event refused(Refused refused) {
    long retryAfter =
        refused.hasRetryAfter()
            ? Durations.toMillis(refused.getRetryAfter())
            : DEFAULT_REFUSAL_MILLIS;
    return new Event.Refused(
        link,
        idOf(refused.getRef(), "report.refused"),
        refused.getRef().getAttempt(),
        cut(refused.getReason()),
        retryAfter,
        scopeOf(refused));
  }

  private static RefusalScope scopeOf(Refused refused) {
    return switch (refused.getScope()) {
      case REFUSAL_SCOPE_UNSPECIFIED, REFUSAL_SCOPE_TASK, UNRECOGNIZED -> RefusalScope.TASK;
      case REFUSAL_SCOPE_TYPE -> RefusalScope.TYPE;
      case REFUSAL_SCOPE_NODE -> RefusalScope.NODE;
    };
  }

  private void output(NodeLink from, String node, AttemptOutput output) {
    TaskId id = HelloReader.taskId(output.getTaskId(), "report.output.task_id");
    OutputChunk chunk = output.getChunk();
    if (chunk.getOffset() < 0
        || chunk.getSerializedSize() > MAX_CHUNK_BYTES
        || chunk.getKind() == OutputKind.OUTPUT_KIND_UNSPECIFIED) {
      throw Refusals.invalid(
          "report.output.chunk", "must have a kind, an offset from 0 and at most 1 MiB");
    }
    if (!links.outputCounts(id, chunk.getAttempt(), link)) {
      return;
    }
    links.feeds().output(id, node, chunk);
    links.outputTaken(id, chunk.getAttempt(), link);
    tellOffset(from, output.getTaskId(), chunk.getAttempt(), id);
  }

  private void tellOffset(NodeLink from, String taskId, int attempt, TaskId id) {
    AttemptRef ref = AttemptRef.newBuilder().setTaskId(taskId).setAttempt(attempt).build();
    long received = links.feeds().receivedBytes(id, attempt);
    long told = toldOffsets.computeIfAbsent(ref, r -> 0L);
    if (received - told >= OFFSET_STEP_BYTES) {
      toldOffsets.put(ref, received);
      from.outbox().outputReceived(ref, received);
      from.drain();
    }
  }

  private Event finished(Finished finished) {
    TaskId id = idOf(finished.getRef(), "report.finished");
    toldOffsets.remove(finished.getRef());
    Payload payload = finished.getResult();
    boolean succeeded = finished.hasResult();
    if (payload.getData().size() > maxResultBytes) {
      return new Event.Finished(
          link, id, finished.getRef().getAttempt(), tooLarge(payload.getData().size()), null);
    }
    ResultBody body =
        new ResultBody(
            succeeded ? cut(payload.getContentType()) : null,
            succeeded ? payload.getData() : null,
            finished.hasUsage() ? finished.getUsage() : null);
    Failure failure = succeeded ? null : CoreProtos.fromProto(finished.getFailure());
    return new Event.Finished(link, id, finished.getRef().getAttempt(), failure, body);
  }

  private Failure tooLarge(int bytes) {
    return new Failure(
        "RESULT_TOO_LARGE",
        "the result has " + bytes + " bytes; this gateway takes at most " + maxResultBytes,
        false,
        0);
  }

  private void message(NodeLink from, String node, NodeMessage message) {
    if (message.getTopic().isEmpty()
        || message.getTopic().length() > MAX_TOPIC
        || message.getSerializedSize() > MAX_MESSAGE_BYTES) {
      throw Refusals.invalid(
          "node_message", "must have a topic of 1-64 characters and at most 64 KiB");
    }
    links.relay(node, message.toBuilder().setFromNodeId(node).build());
    from.processed();
  }

  private void post(NodeLink from, Event event) {
    engine.post(event, from::processed);
  }

  private static TaskId idOf(AttemptRef ref, String field) {
    return HelloReader.taskId(ref.getTaskId(), field + ".ref.task_id");
  }

  private static String cut(String text) {
    return text.length() <= MAX_REASON ? text : text.substring(0, MAX_REASON);
  }
}
