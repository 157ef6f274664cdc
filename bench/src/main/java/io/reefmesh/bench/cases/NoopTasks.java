package io.reefmesh.bench.cases;

import io.reefmesh.bench.BenchRun;
import io.reefmesh.bench.mesh.NoopHandler;
import io.reefmesh.bench.mesh.Stamps;
import io.reefmesh.client.TaskSpecs;
import io.reefmesh.v1.TaskSpec;

/** Tasks that do nothing. */
final class NoopTasks {

  private NoopTasks() {}

  /** One with a payload as large as asked for. */
  static TaskSpec spec(BenchRun bench) {
    return spec(bench, NoopHandler.TYPE);
  }

  /** The same of another type. */
  static TaskSpec spec(BenchRun bench, String type) {
    return TaskSpecs.data(
        type, "application/octet-stream", Stamps.stamped(bench.options().payloadBytes(), 0));
  }
}
