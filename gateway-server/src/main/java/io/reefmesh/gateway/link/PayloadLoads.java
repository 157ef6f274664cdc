package io.reefmesh.gateway.link;

import com.google.protobuf.ByteString;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.v1.AttemptRef;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches the payloads of pushes whose task has it in the store only. Such a push stands in its
 * link's outbox from the start, so that what comes later finds it in its place: a stop takes it
 * back as it takes back any other, and the next push does not overtake it. It leaves once its
 * payload is here. All pushes of one turn of the engine are read together, by a thread that may
 * wait for the disk: the engine never does.
 *
 * <p>How much can wait is bounded by the outboxes, which count payloads by their known length.
 *
 * <p>{@link #want} and {@link #flush} are called on the engine's thread.
 */
final class PayloadLoads {

  private static final Logger log = LoggerFactory.getLogger(PayloadLoads.class);

  /** Read at once at most, so that the first of many do not wait for the last. */
  private static final int SLICE = 256;

  private static final long SLICE_BYTES = 4L << 20;

  /** A push that waits for its payload. */
  record Wanted(NodeLink link, Outbox.Waiting place, TaskId id, AttemptRef ref, int payloadBytes) {}

  /** Who hears of what cannot be pushed. */
  interface Listener {

    /** A task's payload is not there any more. */
    void unreadable(long link, TaskId id, int attempt, String why);

    /** Nothing can be read any more. */
    void failed(RuntimeException failure);
  }

  private final PayloadSource source;
  private final Executor reader;
  private final Listener listener;

  /** Owned by the engine's thread. */
  private List<Wanted> wanted = new ArrayList<>();

  /**
   * @param reader carries out one after the other, in order
   */
  PayloadLoads(PayloadSource source, Executor reader, Listener listener) {
    this.source = source;
    this.reader = reader;
    this.listener = listener;
  }

  /** This payload is needed. */
  void want(Wanted push) {
    wanted.add(push);
  }

  /** The turn is over: fetch. */
  void flush() {
    if (!wanted.isEmpty()) {
      List<Wanted> batch = wanted;
      wanted = new ArrayList<>();
      reader.execute(() -> fetch(batch));
    }
  }

  private void fetch(List<Wanted> batch) {
    try {
      for (int from = 0; from < batch.size(); ) {
        int to = endOfSlice(batch, from);
        fetchSlice(batch.subList(from, to));
        from = to;
      }
    } catch (RuntimeException e) {
      log.error("payloads of waiting tasks cannot be read: {}", e.toString());
      listener.failed(e);
    }
  }

  private static int endOfSlice(List<Wanted> batch, int from) {
    long bytes = 0;
    int to = from;
    while (to < batch.size() && to - from < SLICE && bytes < SLICE_BYTES) {
      bytes += batch.get(to).payloadBytes();
      to++;
    }
    return to;
  }

  private void fetchSlice(List<Wanted> slice) {
    Map<TaskId, ByteString> payloads =
        source.payloads(slice.stream().map(Wanted::id).distinct().toList());
    Set<NodeLink> touched = new LinkedHashSet<>();
    for (Wanted push : slice) {
      ByteString payload = payloads.get(push.id());
      if (payload != null && payload.size() == push.payloadBytes()) {
        push.link().outbox().complete(push.place(), payload);
        touched.add(push.link());
      } else if (push.link().outbox().withdraw(push.ref())) {
        touched.add(push.link());
        unreadable(push, payload);
      }
    }
    touched.forEach(NodeLink::drain);
  }

  private void unreadable(Wanted push, @org.jspecify.annotations.Nullable ByteString payload) {
    String why =
        payload == null
            ? "its row is gone from the store"
            : "the store has "
                + payload.size()
                + " bytes of it, and "
                + push.payloadBytes()
                + " were accepted";
    log.error("task {} cannot be run: its payload is lost: {}", push.id(), why);
    listener.unreadable(
        push.link().id(), push.id(), push.ref().getAttempt(), "its payload is lost: " + why);
  }
}
