package io.reefmesh.bench.mesh;

import com.google.common.util.concurrent.MoreExecutors;
import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import io.reefmesh.bench.load.Figures;
import io.reefmesh.bench.load.Latencies;
import io.reefmesh.bench.load.Window;
import io.reefmesh.client.Payloads;
import io.reefmesh.v1.PayloadForm;
import io.reefmesh.v1.RunTaskRequest;
import io.reefmesh.v1.RunTaskResponse;
import io.reefmesh.v1.TaskEvent;
import io.reefmesh.v1.TaskServiceGrpc;
import io.reefmesh.v1.TaskSpec;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Takes stamped chunks and how long each was on its way. Chunks may come together in one piece:
 * what counts is when each of them came. Thread-safe.
 */
public final class OutputWatchers {

  private final int chunkBytes;
  private final Latencies latencies = new Latencies();
  private final LongAdder chunks = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final AtomicReference<@Nullable String> firstFailure = new AtomicReference<>();

  /** For chunks of that size. */
  public OutputWatchers(int chunkBytes) {
    this.chunkBytes = chunkBytes;
  }

  /** Starts tasks, each followed on a stream of its own. */
  public void runTasks(Channel channel, TaskSpec spec, int count) {
    var stub = TaskServiceGrpc.newStub(channel).withExecutor(MoreExecutors.directExecutor());
    for (int i = 0; i < count; i++) {
      stub.runTask(
          RunTaskRequest.newBuilder()
              .setSpec(spec)
              .setCancelOnDisconnect(true)
              .setPayloadForm(PayloadForm.PAYLOAD_FORM_DATA)
              .build(),
          new Follower());
    }
  }

  /** Takes a piece: one chunk or several. */
  public void take(ByteString piece) {
    long now = System.nanoTime();
    for (int at = 0; at + chunkBytes <= piece.size(); at += chunkBytes) {
      Stamps.read(piece, at).ifPresent(stamp -> latencies.record(now - stamp));
      chunks.increment();
    }
  }

  /** Lets time pass, and gives what came in the latter part of it. */
  public Figures measure(Duration warmUp, Duration measured, Window window)
      throws InterruptedException {
    TimeUnit.NANOSECONDS.sleep(warmUp.toNanos());
    window.begins();
    latencies.take();
    final long before = chunks.sum();
    final long beganNanos = System.nanoTime();
    TimeUnit.NANOSECONDS.sleep(measured.toNanos());
    double seconds = (System.nanoTime() - beganNanos) / (double) TimeUnit.SECONDS.toNanos(1);
    long came = chunks.sum() - before;
    var seen = latencies.take();
    window.ends();
    return new Figures(seconds, came, failed.sum(), firstFailure.get(), seen);
  }

  private void fail(String why) {
    failed.increment();
    firstFailure.compareAndSet(null, why);
  }

  private final class Follower implements StreamObserver<RunTaskResponse> {
    private boolean finished;

    @Override
    public void onNext(RunTaskResponse response) {
      TaskEvent event = response.getEvent();
      if (event.hasOutput()) {
        take(Payloads.bytes(event.getOutput()));
      } else if (event.hasGap()) {
        fail("output is missing: " + event.getGap().getMessage());
      } else if (event.hasFinished()) {
        finished = true;
        if (event.getFinished().hasFailure()) {
          fail("a task ended: " + event.getFinished().getFailure().getMessage());
        }
      }
    }

    @Override
    public void onError(Throwable failure) {
      if (!finished) {
        fail(failure.toString());
      }
    }

    @Override
    public void onCompleted() {}
  }
}
