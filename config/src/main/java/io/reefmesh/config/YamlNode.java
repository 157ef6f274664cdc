package io.reefmesh.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A part of a YAML file, with scalars as they are written there. */
sealed interface YamlNode {

  /** Where it begins, counted from 1. */
  int line();

  /**
   * A scalar.
   *
   * @param text as written, without its quotes: 1.10 stays 1.10; null when nothing stands there
   */
  record Scalar(@Nullable String text, int line) implements YamlNode {}

  /** A list. */
  record Items(List<YamlNode> items, int line) implements YamlNode {}

  /** A mapping; its entries are kept by their own keys. */
  record Entries(boolean empty, int line) implements YamlNode {}
}
