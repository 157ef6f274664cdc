package io.reefmesh.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How SQLite goes about lists: by ranges of ids, in their order, whatever the filter. */
final class ListPlanTest {

  @TempDir Path folder;

  @Test
  void shouldWalkARangeOfIdsInOrderWithoutSorting() throws Exception {
    SqliteTaskStore.open(folder).close();
    TaskQuery every =
        new TaskQuery(
            "default",
            ImmutableSet.of(TaskState.FAILED, TaskState.QUEUED),
            "ping",
            "n1",
            "s1",
            ImmutableMap.of("a", "b"),
            1,
            Long.MAX_VALUE,
            new TaskId(9),
            10);
    try (Connection connection =
        DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("reefmesh.db"))) {
      for (TaskQuery query :
          List.of(Sample.ALL, every, every.oldestFirst(new TaskId(1), new TaskId(9)))) {
        List<String> plan = ListStatement.plan(connection, query);

        assertThat(plan.get(0))
            .as("%s", plan)
            .isEqualTo("SEARCH t USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)");
        assertThat(plan.subList(1, plan.size()))
            .allMatch(
                step -> step.matches("SEARCH [ur] USING INTEGER PRIMARY KEY \\(rowid=\\?\\).*"));
      }
    }
  }
}
