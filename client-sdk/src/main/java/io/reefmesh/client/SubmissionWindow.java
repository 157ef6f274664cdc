package io.reefmesh.client;

import io.reefmesh.client.StreamedTask.Stage;
import io.reefmesh.v1.PayloadForm;
import io.reefmesh.v1.SubmissionReceipt;
import io.reefmesh.v1.SubmitTasksRequest;
import io.reefmesh.v1.Task;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The submissions of a stream that are in flight: which of them go into the next message, which
 * wait for a receipt or an outcome, and which have to be sent again after a connection broke.
 *
 * <p>Messages fill by themselves: while several are without their receipts, what comes gathers for
 * the next one. Pure bookkeeping; thread-safe by one lock, with no callback inside.
 */
final class SubmissionWindow {

  /** Messages without all their receipts; more than that gathers. */
  private static final int MAX_OPEN_BATCHES = 6;

  private static final int MAX_PER_MESSAGE = 500;
  private static final int MAX_MESSAGE_BYTES = 1 << 20;

  /** One message: how many of its submissions have no receipt yet. */
  static final class Batch {
    private int left;
  }

  private final TaskStreamOptions options;
  private final Map<String, StreamedTask> inFlight = new LinkedHashMap<>();
  private final Map<String, StreamedTask> byTask = new HashMap<>();
  private final ArrayDeque<StreamedTask> unsent = new ArrayDeque<>();
  private final List<StreamedTask> resting = new ArrayList<>();
  private long bytes;
  private int openBatches;

  SubmissionWindow(TaskStreamOptions options) {
    this.options = options;
  }

  synchronized boolean hasRoom() {
    return inFlight.isEmpty()
        || (inFlight.size() < options.maxInFlight() && bytes < options.maxInFlightBytes());
  }

  /**
   * Takes a submission in.
   *
   * @return false: there is no room
   * @throws IllegalArgumentException if its request id is in flight already
   */
  synchronized boolean add(StreamedTask task) {
    if (!hasRoom()) {
      return false;
    }
    if (inFlight.putIfAbsent(task.requestId(), task) != null) {
      throw new IllegalArgumentException(
          "request id \"" + task.requestId() + "\" is in flight on this stream already");
    }
    bytes += task.bytes();
    unsent.add(task);
    return true;
  }

  /** The next message of a call; null: nothing goes now. */
  synchronized @Nullable SubmitTasksRequest nextMessage(boolean first) {
    if (unsent.isEmpty() || openBatches >= MAX_OPEN_BATCHES) {
      return null;
    }
    SubmitTasksRequest.Builder message = SubmitTasksRequest.newBuilder();
    if (first) {
      message.setWantOutcomes(options.outcomes()).setPayloadForm(PayloadForm.PAYLOAD_FORM_DATA);
    }
    Batch batch = new Batch();
    int room = MAX_MESSAGE_BYTES;
    StreamedTask task;
    while (batch.left < MAX_PER_MESSAGE
        && (task = unsent.peek()) != null
        && (batch.left == 0 || task.bytes() <= room)) {
      unsent.remove();
      task.stage = Stage.SENT;
      task.batch = batch;
      batch.left++;
      room -= task.bytes();
      message.addSubmissions(task.submission());
    }
    openBatches++;
    return message.build();
  }

  /** A receipt came; null: for nothing that waits for one. */
  synchronized @Nullable StreamedTask receipted(SubmissionReceipt receipt) {
    StreamedTask task = inFlight.get(receipt.getRequestId());
    if (task == null || task.stage != Stage.SENT) {
      return null;
    }
    Batch batch = task.batch;
    task.batch = null;
    if (batch != null && --batch.left == 0) {
      openBatches--;
    }
    if (receipt.hasRefusal()) {
      task.stage = Stage.RESTING; // its owner says whether it rests or is over
    } else if (options.outcomes()) {
      task.stage = Stage.ACCEPTED;
      task.taskId = receipt.getTaskId();
      byTask.put(receipt.getTaskId(), task);
    } else {
      remove(task);
    }
    return task;
  }

  /** Refused for a while: it is sent again after {@link #rested}. */
  synchronized void rest(StreamedTask task) {
    if (task.stage == Stage.RESTING) {
      resting.add(task);
    }
  }

  /** What rested goes again. */
  synchronized void rested() {
    for (StreamedTask task : resting) {
      if (task.stage == Stage.RESTING) {
        task.stage = Stage.UNSENT;
        unsent.add(task);
      }
    }
    resting.clear();
  }

  /** An outcome came; null: for nothing that waits for one. */
  synchronized @Nullable StreamedTask ended(Task outcome) {
    return forgotten(outcome.getId());
  }

  /** No outcome will come; null: for nothing that waits for one. */
  synchronized @Nullable StreamedTask forgotten(String taskId) {
    StreamedTask task = byTask.remove(taskId);
    if (task != null) {
      remove(task);
    }
    return task;
  }

  synchronized void remove(StreamedTask task) {
    if (task.stage != Stage.DONE) {
      task.stage = Stage.DONE;
      inFlight.remove(task.requestId());
      bytes -= task.bytes();
    }
  }

  /**
   * The connection broke: all that is in flight goes again on the next one, in the order it came,
   * also what waits only for its outcome; but for tasks accepted long before {@code oldestNanos},
   * which are given back to be followed in another way: their request ids may be forgotten soon,
   * and would then make new tasks.
   */
  synchronized List<StreamedTask> lostConnection(long oldestNanos) {
    List<StreamedTask> old = new ArrayList<>();
    unsent.clear();
    openBatches = 0;
    for (StreamedTask task : inFlight.values()) {
      task.batch = null;
      if (task.stage == Stage.ACCEPTED && task.submittedNanos - oldestNanos < 0) {
        old.add(task);
      } else if (task.stage != Stage.RESTING) {
        if (task.stage == Stage.ACCEPTED && task.taskId != null) {
          byTask.remove(task.taskId);
        }
        task.stage = Stage.UNSENT;
        unsent.add(task);
      }
    }
    return old;
  }

  /** Whether everything has its receipt. */
  synchronized boolean isReceipted() {
    return inFlight.size() == byTask.size();
  }

  synchronized boolean isEmpty() {
    return inFlight.isEmpty();
  }

  synchronized int size() {
    return inFlight.size();
  }

  /** Gives up all that is in flight. */
  synchronized List<StreamedTask> clear() {
    List<StreamedTask> all = List.copyOf(inFlight.values());
    all.forEach(task -> task.stage = Stage.DONE);
    inFlight.clear();
    byTask.clear();
    unsent.clear();
    resting.clear();
    bytes = 0;
    return all;
  }
}
