package io.reefmesh.cli;

import com.google.protobuf.util.Durations;
import io.reefmesh.v1.RetryPolicy;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.Timeouts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** The options that say what a task is to be. */
final class TaskSpecOptions {

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      description = "Which handler runs it, such as ping, tool-execution or agent-turn.")
  String type = "";

  @ArgGroup(exclusive = true, multiplicity = "0..1")
  @Nullable PayloadOptions payload;

  @Option(
      names = "--priority",
      paramLabel = "N",
      description = "1 to 10; 1 goes first. Default: 5.")
  @Nullable Integer priority;

  @Option(
      names = "--session",
      paramLabel = "ID",
      description = "Tasks of one session run one at a time, in order.")
  @Nullable String session;

  @Option(
      names = "--require",
      paramLabel = "CAPABILITY",
      description = "What a node must offer. May be repeated.")
  List<String> required = new ArrayList<>();

  @Option(
      names = "--select",
      paramLabel = "KEY=VALUE",
      description = "A label that a node must carry. May be repeated.")
  Map<String, String> selector = new LinkedHashMap<>();

  @Option(
      names = "--label",
      paramLabel = "KEY=VALUE",
      description = "A label of the task, for lists. May be repeated.")
  Map<String, String> labels = new LinkedHashMap<>();

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      description = "From acceptance to the outcome, such as 30s or 2h. Default: 24h.")
  @Nullable Duration timeout;

  @Option(
      names = "--max-attempts",
      paramLabel = "N",
      description = "How often it may run, 1 to 100. Default: 3.")
  @Nullable Integer maxAttempts;

  /** The specification, with its payload. */
  TaskSpec spec() {
    TaskSpec.Builder task =
        TaskSpec.newBuilder()
            .setType(type)
            .addAllRequiredCapabilities(required)
            .putAllNodeSelector(selector)
            .putAllLabels(labels);
    if (payload != null) {
      task.setPayload(payload.payload());
    }
    if (priority != null) {
      task.setPriority(priority);
    }
    if (session != null) {
      task.setSessionId(session);
    }
    if (timeout != null) {
      task.setTimeouts(Timeouts.newBuilder().setTotal(Durations.fromMillis(timeout.toMillis())));
    }
    if (maxAttempts != null) {
      task.setRetry(RetryPolicy.newBuilder().setMaxAttempts(maxAttempts));
    }
    return task.build();
  }
}
