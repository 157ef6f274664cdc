package io.reefmesh.gateway.service;

import com.google.common.collect.ImmutableList;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.reefmesh.balancer.Answer;
import io.reefmesh.balancer.Event;
import io.reefmesh.balancer.Opaque;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskView;
import io.reefmesh.gateway.door.Refusals;
import io.reefmesh.gateway.door.Submission;
import io.reefmesh.gateway.door.SubmissionReader;
import io.reefmesh.gateway.door.SubmissionRefusals;
import io.reefmesh.gateway.engine.Engine;
import io.reefmesh.gateway.engine.ReplyTo;
import io.reefmesh.gateway.watch.Endings;
import io.reefmesh.v1.SubmissionReceipt;
import io.reefmesh.v1.SubmissionRefusal;
import io.reefmesh.v1.SubmitTasksRequest;
import io.reefmesh.v1.SubmitTasksResponse;
import io.reefmesh.v1.TaskSubmission;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream of submissions. A message goes to the engine in one hop; what comes back in one commit
 * leaves in one message, by whichever thread has news, one at a time. What is owed, and whether the
 * stream may read on, is in its {@link SubmissionLedger}.
 */
final class SubmissionStream implements StreamObserver<SubmitTasksRequest>, Endings.Listener {

  private static final Logger log = LoggerFactory.getLogger(SubmissionStream.class);

  private static final int MAX_ECHO = 128;

  /** Nothing that goes out here is urgent: with less, each round's news would leave in pieces. */
  private static final int UNSENT_BYTES = 128 << 10;

  /** What streams share. */
  record Parts(
      Engine engine,
      SubmissionReader reader,
      Admission admission,
      StoreReads reads,
      Endings endings,
      OutcomeMemory memory) {}

  private final ServerCallStreamObserver<SubmitTasksResponse> stream;
  private final Parts parts;
  private final String project;
  private final Runnable onClose;
  private final SubmissionLedger ledger;
  private final AtomicInteger drainers = new AtomicInteger();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final AtomicBoolean asked = new AtomicBoolean();

  /** Somebody will drain soon. */
  private final AtomicBoolean awaitsWriter = new AtomicBoolean();

  private volatile boolean halfClosed;
  private volatile @Nullable StatusRuntimeException stopping;

  /** Owned by the caller's network thread. */
  private boolean begun;

  /** Owned by the engine's thread: named by a receipt, and perhaps no longer live. */
  private final Set<TaskId> repeated = new HashSet<>();

  /**
   * Sets the stream up; called before the service method returns.
   *
   * @param onClose run once, when the stream has ended for whatever reason
   */
  SubmissionStream(
      ServerCallStreamObserver<SubmitTasksResponse> stream,
      Parts parts,
      String project,
      Runnable onClose) {
    this.stream = stream;
    this.parts = parts;
    this.project = project;
    this.onClose = onClose;
    this.ledger = new SubmissionLedger(parts.memory());
    stream.setOnReadyThreshold(UNSENT_BYTES);
    stream.disableAutoRequest();
    stream.setOnReadyHandler(this::drain);
    stream.setOnCancelHandler(this::close);
    stream.setOnCloseHandler(this::close);
    readOn();
  }

  @Override
  public void onNext(SubmitTasksRequest message) {
    asked.set(false);
    int count = message.getSubmissionsCount();
    if (count > SubmissionLedger.MAX_PER_MESSAGE) {
      throw Refusals.invalid(
          "submissions",
          "are " + count + "; one message takes at most " + SubmissionLedger.MAX_PER_MESSAGE);
    }
    if (!begun) {
      begun = true;
      ledger.begin(message.getWantOutcomes(), message.getPayloadForm());
    }
    takeIn(message.getSubmissionsList());
    readOn();
  }

  private void takeIn(List<TaskSubmission> submissions) {
    List<Engine.Entry> entries = new ArrayList<>(submissions.size());
    List<Reply> replies = new ArrayList<>(submissions.size());
    long now = parts.engine().clock().nowMillis();
    for (TaskSubmission submission : submissions) {
      try {
        parts.admission().check();
        Submission read = parts.reader().read(submission, project, now);
        Reply reply = owe(submission.getRequestId(), sizeOf(read));
        entries.add(new Engine.Entry(read, reply));
        replies.add(reply);
      } catch (StatusRuntimeException refusal) {
        owe(submission.getRequestId(), 0).refuse(refusal);
      }
    }
    boolean taken = parts.engine().submitAll(entries);
    if (!taken) {
      replies.forEach(reply -> reply.refuse(Intake.busy()));
    }
    if (!taken || replies.size() < submissions.size()) {
      drain();
    }
  }

  private Reply owe(String requestId, int bytes) {
    ledger.owe(1, bytes);
    return new Reply(requestId, bytes);
  }

  /** What it keeps in memory until it is durable. */
  private static int sizeOf(Submission submission) {
    return submission.body().storedSpec().bytes().size() + submission.body().payloadBytes();
  }

  @Override
  public void onError(Throwable failure) {
    close();
  }

  @Override
  public void onCompleted() {
    halfClosed = true;
    drain();
  }

  /** Sends the receipts that there are, and ends the stream. */
  void stop(StatusRuntimeException why) {
    stopping = why;
    drain();
  }

  /** Where the answer to one submission goes. On the engine's thread. */
  private final class Reply implements ReplyTo, Opaque.ForReceipt {

    private final String requestId;
    private final int bytes;

    Reply(String requestId, int bytes) {
      this.requestId = requestId;
      this.bytes = bytes;
    }

    @Override
    public void accept(Answer answer) {
      if (answer instanceof Answer.Accepted accepted) {
        accepted(accepted.id(), false);
      } else if (answer instanceof Answer.Repeated known) {
        accepted(known.id(), true);
      } else {
        refuse(Intake.refusal(answer, requestId));
      }
      parts.endings().touch(SubmissionStream.this);
    }

    private void accepted(TaskId id, boolean again) {
      if (closed.get()) {
        return;
      }
      ledger.receipt(
          SubmissionReceipt.newBuilder()
              .setRequestId(requestId)
              .setTaskId(id.toString())
              .setRepeatedSubmission(again)
              .build(),
          bytes);
      if (ledger.wantsOutcomes()) {
        ledger.await(id);
        parts.endings().await(id, SubmissionStream.this);
        if (closed.get()) {
          // It closed meanwhile, and did not know of this one.
          parts.endings().leave(ImmutableList.of(id), SubmissionStream.this);
        } else if (again) {
          repeated.add(id);
        }
      }
    }

    void refuse(StatusRuntimeException refusal) {
      SubmissionRefusal told = SubmissionRefusals.of(refusal);
      String echo =
          requestId.length() <= MAX_ECHO
              ? requestId
              : requestId.substring(0, requestId.offsetByCodePoints(0, MAX_ECHO));
      ledger.receipt(
          SubmissionReceipt.newBuilder().setRequestId(echo).setRefusal(told).build(), bytes);
    }
  }

  @Override
  public void ended(TaskView task) {
    ledger.ended(task);
  }

  @Override
  public void roundOver(Executor by) {
    if (!repeated.isEmpty()) {
      lookUp(ImmutableList.copyOf(repeated));
      repeated.clear();
    }
    if (awaitsWriter.compareAndSet(false, true)) {
      by.execute(
          () -> {
            awaitsWriter.set(false);
            drain();
          });
    }
  }

  /** Known tasks may have ended before anybody waited for them here: the engine knows. */
  private void lookUp(ImmutableList<TaskId> ids) {
    ledger.lookedUp(1);
    ReplyTo replyTo =
        answer -> {
          Set<TaskId> gone = new HashSet<>(ids);
          ((Answer.Views) answer).tasks().forEach(view -> gone.remove(view.id()));
          gone.forEach(ledger::endedBefore);
          parts.endings().leave(gone, this);
          ledger.lookedUp(-1);
          parts.endings().touch(this);
        };
    parts.engine().post(new Event.Look(replyTo, ids));
  }

  /** Sends what there is, as far as the caller takes it. */
  private void drain() {
    if (drainers.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    while (seen != 0) {
      try {
        send();
      } catch (RuntimeException e) {
        // Whoever brought the news must not suffer for one caller.
        fail(e);
      }
      seen = drainers.addAndGet(-seen);
    }
  }

  private void send() {
    StatusRuntimeException why = stopping;
    SubmitTasksResponse message;
    while (!closed.get()
        && (why != null || stream.isReady())
        && (message = ledger.nextMessage()) != null) {
      stream.onNext(message);
    }
    if (closed.get()) {
      ledger.drop();
    } else if (why != null) {
      end(why);
    } else if (halfClosed && ledger.isSettled()) {
      stream.onCompleted();
      close();
    } else {
      if (stream.isReady()) {
        readOutcomes();
      }
      readOn();
    }
  }

  private void readOutcomes() {
    List<TaskId> ids = ledger.toRead();
    if (!ids.isEmpty()) {
      parts
          .reads()
          .findAll(
              ids,
              tasks -> {
                ledger.wereRead(ids, tasks);
                drain();
              },
              this::stop);
    }
  }

  /** Asks for another message, if what is owed allows it. */
  private void readOn() {
    if (!halfClosed && ledger.mayReadOn() && asked.compareAndSet(false, true)) {
      stream.request(1);
    }
  }

  private void fail(RuntimeException defect) {
    String incident = UUID.randomUUID().toString();
    log.warn("a stream of submissions ends: incident {}", incident, defect);
    if (!closed.get()) {
      try {
        end(Refusals.internal(incident));
      } catch (IllegalStateException e) {
        log.debug("it had ended: {}", e.toString());
      }
    }
  }

  private void end(StatusRuntimeException why) {
    try {
      stream.onError(why);
    } finally {
      close();
    }
  }

  private void close() {
    if (closed.compareAndSet(false, true)) {
      parts.endings().leave(ledger.drop(), this);
      onClose.run();
    }
  }
}
