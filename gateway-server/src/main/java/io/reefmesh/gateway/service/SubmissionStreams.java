package io.reefmesh.gateway.service;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.reefmesh.gateway.door.Refusals;
import io.reefmesh.v1.SubmitTasksRequest;
import io.reefmesh.v1.SubmitTasksResponse;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The open streams of submissions: opens them, counts them, ends them all. Thread-safe. */
final class SubmissionStreams {

  /** Each may keep some 16 MiB waiting for the engine, so there are fewer of them than watches. */
  private static final int MAX_OPEN = 1_000;

  private final SubmissionStream.Parts parts;
  private final Set<SubmissionStream> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger count = new AtomicInteger();
  private volatile @Nullable StatusRuntimeException ended;

  SubmissionStreams(SubmissionStream.Parts parts) {
    this.parts = parts;
  }

  /**
   * Opens a stream.
   *
   * @throws StatusRuntimeException RESOURCE_EXHAUSTED when too many are open
   */
  StreamObserver<SubmitTasksRequest> open(
      String project, ServerCallStreamObserver<SubmitTasksResponse> observer) {
    if (count.incrementAndGet() > MAX_OPEN) {
      count.decrementAndGet();
      throw Refusals.overloaded(Refusals.Limit.SUBMISSION_STREAMS, MAX_OPEN, Duration.ofSeconds(5));
    }
    AtomicReference<@Nullable SubmissionStream> self = new AtomicReference<>();
    SubmissionStream stream =
        new SubmissionStream(
            observer,
            parts,
            project,
            () -> {
              count.decrementAndGet();
              SubmissionStream own = self.get();
              if (own != null) {
                open.remove(own);
              }
            });
    self.set(stream);
    open.add(stream);
    StatusRuntimeException why = ended;
    if (why != null) {
      stream.stop(why);
    }
    return stream;
  }

  /** Ends all, those that are yet to come too, after the receipts that there are. */
  void endAll(StatusRuntimeException why) {
    ended = why;
    open.forEach(stream -> stream.stop(why));
  }

  int count() {
    return count.get();
  }
}
