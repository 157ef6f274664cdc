package io.reefmesh.gateway.probe;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What {@code /metrics} shows. Thread-safe. */
@FunctionalInterface
public interface MetricsPage {

  /**
   * The figures of this moment.
   *
   * @param accept the reader's Accept header, if any
   * @return empty: too many are reading already
   */
  Optional<Text> render(@Nullable String accept);

  /** A page's content and what it is. */
  record Text(String contentType, String body) {}
}
