package io.reefmesh.bench.mesh;

import io.grpc.Status;
import io.reefmesh.client.MeshClient;
import io.reefmesh.client.TaskHandle;
import io.reefmesh.v1.TaskSpec;

/** Through the client library, as a bot would. */
public final class SdkDriver implements TaskDriver {

  private static final int MAX_OPEN = 1_000_000;

  private final MeshClient client;

  /** To the gateway at that address. */
  public SdkDriver(String address) {
    this.client = MeshClient.builder().target(address).maxOpenTasks(MAX_OPEN).build();
  }

  @Override
  public void submit(TaskSpec spec, TaskFate fate) {
    TaskHandle handle = client.submit(spec);
    var told =
        handle
            .outcome()
            .whenComplete(
                (task, failure) -> {
                  if (failure == null) {
                    fate.ended(task);
                  } else {
                    fate.refused(
                        Status.Code.UNKNOWN.value(), true, String.valueOf(failure.getMessage()));
                  }
                });
    if (told.isCancelled()) {
      throw new IllegalStateException("the client is closed");
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
