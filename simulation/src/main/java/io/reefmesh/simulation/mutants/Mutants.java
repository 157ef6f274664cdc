package io.reefmesh.simulation.mutants;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** All bugs that can be planted, and what must find them. */
public final class Mutants {

  private Mutants() {}

  /** All of them. */
  public static List<Mutant> all() {
    return Stream.of(
            RecordMutants.all(),
            AttemptMutants.all(),
            QueueMutants.all(),
            NodeMutants.all(),
            WatchMutants.all())
        .flatMap(List::stream)
        .toList();
  }

  /** Their names. */
  public static List<String> names() {
    return all().stream().map(Mutant::name).toList();
  }

  /**
   * The sources that a mutant changes, as changed.
   *
   * @throws IllegalStateException if there is nothing any more that it could change
   */
  public static Map<String, String> sources(Path root, Mutant mutant) {
    return PatchedCode.sources(root, mutant);
  }
}
