package io.reefmesh.chaos.mesh;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What a mesh under test is made of.
 *
 * @param gatewayJar the runnable jar that is shipped
 * @param folder where logs, effects and clocks are kept
 * @param dataDir where the gateway keeps its data
 * @param nodes how many
 * @param slots of each node
 * @param times the gateway's patience
 * @param gatewayHeapMegabytes its largest heap
 * @param nodeHeapMegabytes theirs
 * @param stopTimeout how long a node that is told to stop may finish its work
 * @param clockLibrary what shifts the wall clock of a process it is preloaded into, if there is one
 */
public record MeshPlan(
    Path gatewayJar,
    Path folder,
    Path dataDir,
    int nodes,
    int slots,
    MeshTimes times,
    int gatewayHeapMegabytes,
    int nodeHeapMegabytes,
    Duration stopTimeout,
    Optional<Path> clockLibrary) {

  /** Where handlers leave their traces. */
  public Path effects() {
    return folder.resolve("effects");
  }

  /** The file that ends all work at once when it appears. */
  public Path release() {
    return folder.resolve("release");
  }
}
