package io.reefmesh.gateway.link;

import com.google.protobuf.ByteString;
import io.reefmesh.v1.Assign;
import io.reefmesh.v1.AttemptRef;
import io.reefmesh.v1.FinishedAck;
import io.reefmesh.v1.LinkResponse;
import io.reefmesh.v1.Payload;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What one node's tasks cost its outbox: an assignment and an ack each, written in batches. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class OutboxBenchmark {

  private static final int TASKS = 32;

  private final Outbox outbox = new Outbox();
  private final Assign[] assigns = new Assign[TASKS];
  private final FinishedAck[] acks = new FinishedAck[TASKS];
  private long ordinal;

  /** Messages as the links make them. */
  public OutboxBenchmark() {
    for (int i = 0; i < TASKS; i++) {
      AttemptRef ref =
          AttemptRef.newBuilder().setTaskId("0%012d".formatted(i)).setAttempt(1).build();
      assigns[i] =
          Assign.newBuilder()
              .setRef(ref)
              .setType("bench")
              .setPayload(
                  Payload.newBuilder()
                      .setContentType("application/octet-stream")
                      .setData(ByteString.copyFrom(new byte[300])))
              .build();
      acks[i] = FinishedAck.newBuilder().setRef(ref).build();
    }
  }

  /** Both directions of 32 tasks, counted per task. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public long assignAndAck() {
    for (int i = 0; i < TASKS; i++) {
      outbox.assign(assigns[i], ++ordinal);
      outbox.ack(acks[i]);
    }
    long written = 0;
    LinkResponse message;
    while ((message = outbox.next(0)) != null) {
      written = message.getSequence();
    }
    return written + outbox.pushesReceivedThrough(written);
  }
}
