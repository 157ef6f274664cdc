package io.reefmesh.cli;

import io.reefmesh.cli.SubmissionLines.BadLineException;
import io.reefmesh.cli.SubmissionLines.Submission;
import io.reefmesh.cli.output.ProtoJson;
import io.reefmesh.cli.output.TaskText;
import io.reefmesh.cli.output.Terminal;
import io.reefmesh.client.MeshClient;
import io.reefmesh.client.MeshException;
import io.reefmesh.client.MeshUnavailableException;
import io.reefmesh.client.StreamedTask;
import io.reefmesh.client.SubmitReceipt;
import io.reefmesh.client.TaskStream;
import io.reefmesh.client.TaskStreamOptions;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskFilter;
import io.reefmesh.v1.TaskState;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Submits many tasks over one stream, and prints what becomes of them in the order they came. Used
 * once, by one thread.
 */
final class BatchSubmit {

  /** Answered or not: printing goes on with the oldest. */
  private static final int MAX_UNPRINTED = 20_000;

  private static final long PROGRESS_NANOS = TimeUnit.SECONDS.toNanos(2);

  private record Sent(long line, StreamedTask task) {}

  private final MeshClient client;
  private final Terminal terminal;
  private final boolean json;
  private final boolean wait;
  private final ArrayDeque<Sent> unprinted = new ArrayDeque<>();
  private long submitted;
  private long accepted;
  private long refused;
  private long unsuccessful;
  private long toldNanos = System.nanoTime();

  BatchSubmit(MeshClient client, Terminal terminal, boolean json, boolean wait) {
    this.client = client;
    this.terminal = terminal;
    this.json = json;
    this.wait = wait;
  }

  /** Submits all lines; gives the exit code. */
  int submit(SubmissionLines lines) throws InterruptedException {
    // A stream waits long for its gateway; whether there is one at all shows here, and soon.
    client.list(TaskFilter.getDefaultInstance(), 1, "");
    TaskStreamOptions options = TaskStreamOptions.standard();
    try (TaskStream stream = client.openTaskStream(wait ? options.withOutcomes() : options)) {
      while (submitNext(lines, stream)) {
        printWhatIsDone(MAX_UNPRINTED);
      }
      printWhatIsDone(0);
      MeshOptions.await(stream.finish());
    }
    terminal.note("# " + progress());
    if (refused > 0) {
      return ExitCode.REFUSED;
    }
    return unsuccessful > 0 ? ExitCode.TASK_FAILED : ExitCode.OK;
  }

  private boolean submitNext(SubmissionLines lines, TaskStream stream) throws InterruptedException {
    try {
      Submission next = lines.next();
      if (next == null) {
        return false;
      }
      submitted++;
      unprinted.add(new Sent(next.line(), stream.submit(next.spec(), next.options())));
    } catch (BadLineException e) {
      submitted++;
      refused(String.valueOf(e.getMessage()));
    } catch (IllegalArgumentException e) {
      refused(String.valueOf(e.getMessage()));
    }
    return true;
  }

  /** Prints from the oldest on; waits while more than so many are not printed. */
  private void printWhatIsDone(int most) throws InterruptedException {
    Sent oldest;
    while ((oldest = unprinted.peek()) != null
        && (unprinted.size() > most || isDone(oldest.task()))) {
      print(oldest);
      unprinted.remove();
      tellProgress();
    }
  }

  private boolean isDone(StreamedTask task) {
    return wait ? task.outcome().isDone() : task.receipt().isDone();
  }

  private void print(Sent sent) throws InterruptedException {
    try {
      SubmitReceipt receipt = MeshOptions.await(sent.task().receipt());
      accepted++;
      if (wait) {
        print(MeshOptions.await(sent.task().outcome()));
      } else {
        terminal.line(json ? line(receipt) : receipt.taskId());
      }
    } catch (MeshUnavailableException e) {
      throw e; // none of the others fares better
    } catch (MeshException e) {
      refused("line " + sent.line() + ": " + FailureReport.of(e).message());
    }
  }

  private void print(Task outcome) {
    unsuccessful += outcome.getState() == TaskState.TASK_STATE_SUCCEEDED ? 0 : 1;
    terminal.line(json ? ProtoJson.line(outcome) : TaskText.outcome(outcome));
  }

  private static String line(SubmitReceipt receipt) {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("requestId", receipt.requestId());
    facts.put("taskId", receipt.taskId());
    facts.put("repeatedSubmission", receipt.repeated());
    return ProtoJson.line(facts);
  }

  private void refused(@Nullable String why) {
    refused++;
    terminal.note("reefmesh: " + why);
  }

  private void tellProgress() {
    long now = System.nanoTime();
    if (now - toldNanos >= PROGRESS_NANOS) {
      toldNanos = now;
      terminal.replaceable("# " + progress());
    }
  }

  private String progress() {
    String text = submitted + " lines, " + accepted + " accepted, " + refused + " refused";
    return wait ? text + ", " + unsuccessful + " of the accepted did not succeed" : text;
  }
}
