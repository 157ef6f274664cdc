package io.reefmesh.gateway.service;

import com.google.protobuf.ByteString;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskView;
import io.reefmesh.gateway.door.TaskRenderer;
import io.reefmesh.gateway.store.ResultBody;
import io.reefmesh.gateway.store.StoredTask;
import io.reefmesh.gateway.store.TaskBody;
import io.reefmesh.v1.PayloadForm;
import io.reefmesh.v1.SubmissionReceipt;
import io.reefmesh.v1.SubmitTasksResponse;
import io.reefmesh.v1.Task;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a stream of submissions owes its caller: receipts, and outcomes if they were asked for. It
 * says when the stream may read on, and what goes into its next message.
 *
 * <p>Outcomes that the caller does not take are kept whole up to some bytes, of this stream and of
 * all; beyond that only their ids are, and they are read from the store when their turn comes.
 * Thread-safe: one lock around everything.
 */
final class SubmissionLedger {

  /** Submissions without a sent receipt. */
  static final int MAX_UNRECEIPTED = 4_096;

  /** Submissions in one message. */
  static final int MAX_PER_MESSAGE = 1_000;

  /** Beyond this many bytes without a receipt nothing more is read. */
  private static final long UNRECEIPTED_BYTES = 16L << 20;

  /** Beyond this many outcomes that the caller has not taken nothing more is read. */
  private static final int MAX_UNTAKEN = 8_192;

  /** Outcomes of one stream that are kept whole until they are sent, in bytes. */
  private static final long WHOLE_BYTES = 4L << 20;

  /** What an outcome takes beside its payloads. */
  private static final long OUTCOME_BYTES = 1_024;

  /** Outcomes read from the store at once: with the largest payloads still a bearable amount. */
  private static final int READ_AT_ONCE = 32;

  /** A message with outcomes ends when it is larger than this. */
  private static final int MESSAGE_BYTES = 512 << 10;

  private record Owed(SubmissionReceipt receipt, long bytes) {}

  private record Whole(TaskView task, long bytes) {}

  private final OutcomeMemory memory;

  private final ArrayDeque<Owed> receipts = new ArrayDeque<>();
  private final Set<TaskId> awaited = new HashSet<>();
  private final ArrayDeque<Whole> whole = new ArrayDeque<>();
  private final ArrayDeque<Task> read = new ArrayDeque<>();
  private final List<String> forgotten = new ArrayList<>();

  /** Ended, not sent, and not in memory. */
  private final LinkedHashSet<TaskId> ended = new LinkedHashSet<>();

  private PayloadForm form = PayloadForm.PAYLOAD_FORM_DATA;
  private boolean wantsOutcomes;
  private int unreceipted;
  private long unreceiptedBytes;
  private long wholeBytes;
  private int lookups;
  private boolean reading;

  /**
   * @param memory what it may keep of outcomes, shared with other streams
   */
  SubmissionLedger(OutcomeMemory memory) {
    this.memory = memory;
  }

  /** What the first message asked for. */
  synchronized void begin(boolean outcomes, PayloadForm payloadForm) {
    wantsOutcomes = outcomes;
    if (payloadForm != PayloadForm.PAYLOAD_FORM_UNSPECIFIED) {
      form = payloadForm;
    }
  }

  synchronized boolean wantsOutcomes() {
    return wantsOutcomes;
  }

  /** Submissions have come. */
  synchronized void owe(int submissions, long bytes) {
    unreceipted += submissions;
    unreceiptedBytes += bytes;
  }

  /** Whether another full message may come. */
  synchronized boolean mayReadOn() {
    return unreceipted + MAX_PER_MESSAGE <= MAX_UNRECEIPTED
        && unreceiptedBytes <= UNRECEIPTED_BYTES
        && ended.size() <= MAX_UNTAKEN;
  }

  /** A submission has its receipt. */
  synchronized void receipt(SubmissionReceipt receipt, long bytes) {
    receipts.add(new Owed(receipt, bytes));
  }

  /** The task's outcome is owed. */
  synchronized void await(TaskId id) {
    awaited.add(id);
  }

  /** Whether they are live has been asked for. */
  synchronized void lookedUp(int more) {
    lookups += more;
  }

  /** Its outcome came. */
  synchronized void ended(TaskView task) {
    if (!awaited.remove(task.id())) {
      return;
    }
    long bytes = bytesOf(task);
    if (wholeBytes + bytes <= WHOLE_BYTES && memory.take(bytes)) {
      whole.add(new Whole(task, bytes));
      wholeBytes += bytes;
    } else {
      ended.add(task.id());
    }
  }

  private static long bytesOf(TaskView task) {
    ResultBody result = (ResultBody) task.result();
    ByteString payload = result == null ? null : result.payload();
    return OUTCOME_BYTES
        + ((TaskBody) task.body()).payloadBytes()
        + (payload == null ? 0 : payload.size());
  }

  private TaskView takeWhole() {
    Whole first = whole.remove();
    wholeBytes -= first.bytes();
    memory.give(first.bytes());
    return first.task();
  }

  /** It has ended some time ago. */
  synchronized void endedBefore(TaskId id) {
    if (awaited.remove(id)) {
      ended.add(id);
    }
  }

  /** What may be sent now; null: nothing. Receipts go first. */
  synchronized @Nullable SubmitTasksResponse nextMessage() {
    if (receipts.isEmpty() && whole.isEmpty() && read.isEmpty() && forgotten.isEmpty()) {
      return null;
    }
    SubmitTasksResponse.Builder message = SubmitTasksResponse.newBuilder();
    addReceipts(message);
    if (receipts.isEmpty()) {
      addOutcomes(message);
      message.addAllForgottenTaskIds(forgotten);
      forgotten.clear();
    }
    return message.build();
  }

  private void addReceipts(SubmitTasksResponse.Builder message) {
    while (!receipts.isEmpty() && message.getReceiptsCount() < MAX_PER_MESSAGE) {
      Owed owed = receipts.remove();
      unreceipted--;
      unreceiptedBytes -= owed.bytes();
      message.addReceipts(owed.receipt());
    }
  }

  private void addOutcomes(SubmitTasksResponse.Builder message) {
    int room = MESSAGE_BYTES;
    while (room > 0 && !(read.isEmpty() && whole.isEmpty())) {
      Task outcome =
          read.isEmpty()
              ? TaskRenderer.render(takeWhole(), 0, form, TaskRenderer.Detail.WITHOUT_REQUEST)
              : read.remove();
      room -= outcome.getSerializedSize();
      message.addOutcomes(outcome);
    }
  }

  /** Which outcomes to read from the store now; empty: none, or a reading is under way. */
  synchronized List<TaskId> toRead() {
    if (reading || ended.isEmpty() || !read.isEmpty()) {
      return List.of();
    }
    List<TaskId> ids = new ArrayList<>(Math.min(ended.size(), READ_AT_ONCE));
    Iterator<TaskId> oldest = ended.iterator();
    while (oldest.hasNext() && ids.size() < READ_AT_ONCE) {
      ids.add(oldest.next());
      oldest.remove();
    }
    reading = true;
    return ids;
  }

  /** They have been read; what is no longer kept is told by its id. */
  synchronized void wereRead(List<TaskId> ids, Map<TaskId, StoredTask> tasks) {
    reading = false;
    for (TaskId id : ids) {
      StoredTask task = tasks.get(id);
      if (task == null) {
        forgotten.add(id.toString());
      } else {
        read.add(TaskRenderer.render(task, form, TaskRenderer.Detail.WITHOUT_REQUEST));
      }
    }
  }

  /** Whether nothing is owed any more. */
  synchronized boolean isSettled() {
    return unreceipted == 0
        && lookups == 0
        && !reading
        && awaited.isEmpty()
        && ended.isEmpty()
        && whole.isEmpty()
        && read.isEmpty()
        && forgotten.isEmpty();
  }

  /** Nobody is there any more. Gives what need not be waited for. */
  synchronized List<TaskId> drop() {
    List<TaskId> ids = List.copyOf(awaited);
    awaited.clear();
    receipts.clear();
    ended.clear();
    memory.give(wholeBytes);
    wholeBytes = 0;
    whole.clear();
    read.clear();
    forgotten.clear();
    return ids;
  }

  /** What it keeps of outcomes that wait to be sent: whole ones, and ids. For tests. */
  synchronized int[] untaken() {
    return new int[] {whole.size() + read.size(), ended.size()};
  }
}
