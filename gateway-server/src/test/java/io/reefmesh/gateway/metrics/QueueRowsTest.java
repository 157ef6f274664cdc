package io.reefmesh.gateway.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.metrics.model.snapshots.Labels;
import io.reefmesh.balancer.MeshFigures.Depth;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class QueueRowsTest {

  private static final long NOW = 100_000;

  private final QueueRows rows = new QueueRows();

  private static Labels row(String type, int priority) {
    return Labels.of("priority", Integer.toString(priority), "type", type);
  }

  @Test
  void shouldShowDepthAndAgeOfEachTypeAndPriority() {
    QueueRows.Rows shown =
        rows.of(List.of(new Depth("a", 5, 3, NOW - 1_500), new Depth("a", 1, 1, NOW + 7)), NOW);

    assertThat(shown.queued()).containsEntry(row("a", 5), 3L).containsEntry(row("a", 1), 1L);
    assertThat(shown.oldestAgeSeconds())
        .containsEntry(row("a", 5), 1.5)
        .containsEntry(row("a", 1), 0.0);
  }

  @Test
  void shouldGoOnShowingWhatWasSeenWhenNothingOfItWaitsAnyMore() {
    rows.of(List.of(new Depth("a", 5, 3, NOW)), NOW);

    QueueRows.Rows later = rows.of(List.of(), NOW + 1_000);

    assertThat(later.queued()).containsExactlyEntriesOf(java.util.Map.of(row("a", 5), 0L));
    assertThat(later.oldestAgeSeconds()).containsEntry(row("a", 5), 0.0);
  }

  @Test
  void shouldFoldTypesBeyondTheLimitIntoOne() {
    List<Depth> depths = new ArrayList<>();
    for (int i = 0; i < 10 * QueueRows.MAX_TYPES; i++) {
      depths.add(new Depth("type-" + i, 5, 2, NOW - i));
    }

    QueueRows.Rows shown = rows.of(depths, NOW);

    assertThat(shown.queued()).hasSize(QueueRows.MAX_TYPES + 1);
    assertThat(shown.queued()).containsEntry(row("other", 5), 2L * 9 * QueueRows.MAX_TYPES);
    assertThat(shown.oldestAgeSeconds())
        .containsEntry(row("other", 5), (10 * QueueRows.MAX_TYPES - 1) / 1e3);
    // Those that came first keep their names.
    assertThat(rows.of(List.of(new Depth("type-0", 5, 1, NOW)), NOW).queued())
        .containsEntry(row("type-0", 5), 1L)
        .containsEntry(row("other", 5), 0L);
  }
}
