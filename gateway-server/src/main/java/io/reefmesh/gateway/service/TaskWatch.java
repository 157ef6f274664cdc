package io.reefmesh.gateway.service;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Timestamps;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.reefmesh.balancer.TaskView;
import io.reefmesh.gateway.door.Refusals;
import io.reefmesh.gateway.door.TaskRenderer;
import io.reefmesh.gateway.store.StoredTask;
import io.reefmesh.gateway.watch.FeedEntry;
import io.reefmesh.gateway.watch.FeedReader;
import io.reefmesh.gateway.watch.TaskFeeds;
import io.reefmesh.v1.AttemptStarted;
import io.reefmesh.v1.OutputGap;
import io.reefmesh.v1.PayloadForm;
import io.reefmesh.v1.TaskEvent;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream that follows a task. It reads the feed whenever the stream takes more, at the caller's
 * own pace; whichever thread brings news drains, one at a time.
 */
final class TaskWatch<T> {

  private static final Logger log = LoggerFactory.getLogger(TaskWatch.class);

  private final ServerCallStreamObserver<T> stream;
  private final TaskFeeds feeds;
  private final StoreReads reads;
  private final PayloadForm form;
  private final Function<TaskEvent, T> wrap;
  private final Runnable onClose;
  private final AtomicInteger drainers = new AtomicInteger();
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile @Nullable FeedReader reader;
  private volatile boolean finished;
  private volatile boolean hungUp;

  /** The task's payload, once it had to be read from the store. */
  private volatile @Nullable ByteString payload;

  /** Nothing is sent until the payload is here. */
  private volatile boolean reading;

  /** What cannot be sent without the payload; owned by whoever drains. */
  private @Nullable FeedEntry held;

  /**
   * Sets the stream up; called before the service method returns.
   *
   * @param onClose run once, when the stream has ended for whatever reason
   */
  TaskWatch(
      ServerCallStreamObserver<T> stream,
      TaskFeeds feeds,
      StoreReads reads,
      PayloadForm form,
      Function<TaskEvent, T> wrap,
      Runnable onClose) {
    this.stream = stream;
    this.feeds = feeds;
    this.reads = reads;
    this.form = form;
    this.wrap = wrap;
    this.onClose = onClose;
    stream.setOnReadyHandler(this::drain);
    stream.setOnCancelHandler(this::hungUp);
    stream.setOnCloseHandler(this::close);
  }

  /** Whether the caller went away before it saw the outcome. */
  boolean leftEarly() {
    return hungUp && !finished;
  }

  boolean isClosed() {
    return closed.get();
  }

  /** Follows what this reader reads. */
  void follow(FeedReader newReader) {
    reader = newReader;
    if (closed.get()) {
      newReader.close();
    } else {
      drain();
    }
  }

  /** Sends the outcome of a task of which no output is kept any more, and ends. */
  void replay(StoredTask stored, boolean mayHaveMissed) {
    if (mayHaveMissed) {
      send(
          event(feeds.nowhere(), stored.finishedAtMillis())
              .setGap(OutputGap.newBuilder().setMessage("its output is no longer kept"))
              .build());
    }
    finish(
        event(feeds.nowhere(), stored.finishedAtMillis())
            .setFinished(TaskRenderer.render(stored, form, TaskRenderer.Detail.FULL))
            .build());
  }

  void refuse(StatusRuntimeException refusal) {
    if (!closed.get()) {
      end(refusal);
    }
  }

  private void fail(RuntimeException defect) {
    String incident = UUID.randomUUID().toString();
    log.warn("a watch ends: incident {}", incident, defect);
    if (!closed.get()) {
      try {
        end(Refusals.internal(incident));
      } catch (IllegalStateException e) {
        log.debug("its stream had ended: {}", e.toString());
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

  void drain() {
    if (drainers.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    while (seen != 0) {
      try {
        read();
      } catch (RuntimeException e) {
        // Whoever brought the news (the engine, a link) must not suffer for one watcher.
        fail(e);
      }
      seen = drainers.addAndGet(-seen);
    }
  }

  private void read() {
    FeedReader from = reader;
    if (from == null) {
      return;
    }
    FeedEntry entry;
    while (!finished
        && !reading
        && !closed.get()
        && stream.isReady()
        && (entry = next(from)) != null) {
      TaskEvent event = render(entry, from);
      if (event == null) {
        held = entry;
        readPayload(entry);
      } else if (event.hasFinished()) {
        finish(event);
      } else {
        send(event);
      }
    }
  }

  private @Nullable FeedEntry next(FeedReader from) {
    FeedEntry waiting = held;
    held = null;
    return waiting != null ? waiting : from.next();
  }

  /** Goes on when it is here. */
  private void readPayload(FeedEntry entry) {
    TaskView task = taskOf(entry);
    if (task == null) {
      throw new IllegalStateException("only tasks have payloads");
    }
    reading = true;
    reads.payload(
        task.id(),
        read -> {
          if (read == null) {
            refuse(Refusals.forgotten(task.id()));
          } else {
            payload = read;
            reading = false;
            drain();
          }
        },
        this::refuse);
  }

  private static @Nullable TaskView taskOf(FeedEntry entry) {
    if (entry instanceof FeedEntry.State state) {
      return state.task();
    }
    return entry instanceof FeedEntry.Finished last ? last.task() : null;
  }

  /** Null: the payload must be read first. */
  private @Nullable TaskEvent render(FeedEntry entry, FeedReader from) {
    TaskView task = taskOf(entry);
    TaskView whole = task == null ? null : whole(task);
    if (task != null && whole == null) {
      return null;
    }
    return render(entry, whole, from);
  }

  /** Every detail that a watcher sees has what was asked for. */
  private @Nullable TaskView whole(TaskView task) {
    ByteString known = payload;
    return known != null
        ? TaskRenderer.withPayload(task, known)
        : TaskRenderer.whole(task, TaskRenderer.Detail.FULL);
  }

  private TaskEvent render(FeedEntry entry, @Nullable TaskView whole, FeedReader from) {
    TaskEvent.Builder event = event(feeds.cursor(from), entry.timeMillis());
    if (entry instanceof FeedEntry.Output output) {
      event.setOutput(output.chunk());
    } else if (entry instanceof FeedEntry.State && whole != null) {
      event.setState(task(whole, from, TaskRenderer.Detail.WITHOUT_RESULT));
    } else if (entry instanceof FeedEntry.Attempt attempt) {
      event.setAttempt(
          AttemptStarted.newBuilder().setAttempt(attempt.attempt()).setNodeId(attempt.nodeId()));
    } else if (entry instanceof FeedEntry.Gap gap) {
      event.setGap(OutputGap.newBuilder().setMessage(gap.message()));
    } else if (entry instanceof FeedEntry.Finished && whole != null) {
      event.setFinished(task(whole, from, TaskRenderer.Detail.FULL));
    }
    return event.build();
  }

  private io.reefmesh.v1.Task task(TaskView view, FeedReader from, TaskRenderer.Detail detail) {
    return TaskRenderer.render(view, from.firstOutputMillis(), form, detail);
  }

  private static TaskEvent.Builder event(String cursor, long timeMillis) {
    TaskEvent.Builder event = TaskEvent.newBuilder().setCursor(cursor);
    if (timeMillis > 0) {
      event.setTime(Timestamps.fromMillis(timeMillis));
    }
    return event;
  }

  private void send(TaskEvent event) {
    stream.onNext(wrap.apply(event));
  }

  private void finish(TaskEvent event) {
    finished = true;
    send(event);
    stream.onCompleted();
    close();
  }

  private void hungUp() {
    hungUp = true;
    close();
  }

  private void close() {
    if (closed.compareAndSet(false, true)) {
      FeedReader from = reader;
      if (from != null) {
        from.close();
      }
      onClose.run();
    }
  }
}
