package io.reefmesh.chaos;

import io.reefmesh.chaos.mesh.MeshTimes;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What every run can be told. */
final class RunOptions {

  @Option(
      names = "--gateway-jar",
      required = true,
      paramLabel = "JAR",
      description = "The runnable jar under test.")
  Path gatewayJar = Path.of("");

  @Option(names = "--seed", description = "Decides load and faults. Default: drawn.")
  @Nullable Long seed;

  @Option(names = "--json", paramLabel = "FILE", description = "Writes the report as JSON, too.")
  @Nullable Path json;

  @Option(names = "--keep", description = "Keeps data and logs, whatever comes of it.")
  boolean keep;

  @Option(names = "--beat", description = "Milliseconds. Default: ${DEFAULT-VALUE}.")
  long beatMillis = 500;

  @Option(names = "--silent-after", description = "Milliseconds. Default: ${DEFAULT-VALUE}.")
  long silentMillis = 3_000;

  @Option(names = "--grace", description = "Milliseconds. Default: ${DEFAULT-VALUE}.")
  long graceMillis = 2_000;

  /** The seed, drawn if none was given. */
  long seed() {
    Long given = seed;
    if (given == null) {
      given = System.nanoTime() & 0xffff_ffffL;
      seed = given;
    }
    return given;
  }

  /** The gateway's patience. */
  MeshTimes times() {
    return new MeshTimes(
        Duration.ofMillis(beatMillis),
        Duration.ofMillis(silentMillis),
        Duration.ofMillis(graceMillis));
  }
}
