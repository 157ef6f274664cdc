package io.reefmesh.cli;

import com.google.protobuf.util.Timestamps;
import io.reefmesh.cli.output.TaskText;
import io.reefmesh.v1.TaskFilter;
import io.reefmesh.v1.TaskState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say which tasks are meant. */
final class TaskFilterOptions {

  @Option(
      names = "--state",
      paramLabel = "STATE",
      description =
          "queued, assigned, running, succeeded, failed, cancelled or expired. May be repeated.")
  List<String> states = new ArrayList<>();

  @Option(names = "--type", paramLabel = "TYPE", description = "Of this type.")
  String type = "";

  @Option(names = "--node", paramLabel = "ID", description = "Last given to this node.")
  String node = "";

  @Option(names = "--session", paramLabel = "ID", description = "Of this session.")
  String session = "";

  @Option(
      names = "--label",
      paramLabel = "KEY=VALUE",
      description = "With this label. May be repeated.")
  Map<String, String> labels = new LinkedHashMap<>();

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description = "Created at most so long ago, such as 1h.")
  @Nullable Duration since;

  /** What they mean; the times are counted from now. */
  TaskFilter filter() {
    TaskFilter.Builder filter =
        TaskFilter.newBuilder()
            .setType(type)
            .setNodeId(node)
            .setSessionId(session)
            .putAllLabels(labels);
    states.forEach(word -> filter.addStates(state(word)));
    if (since != null) {
      filter.setCreatedAfter(Timestamps.fromMillis(Instant.now().minus(since).toEpochMilli()));
    }
    return filter.build();
  }

  private static TaskState state(String word) {
    for (TaskState state : TaskState.values()) {
      if (state != TaskState.TASK_STATE_UNSPECIFIED
          && state != TaskState.UNRECOGNIZED
          && TaskText.name(state).equalsIgnoreCase(word)) {
        return state;
      }
    }
    throw new CommandException(
        ExitCode.USAGE,
        "--state is \""
            + word
            + "\": it must be queued, assigned, running, succeeded, failed, cancelled or expired");
  }
}
