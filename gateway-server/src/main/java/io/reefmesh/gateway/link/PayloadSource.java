package io.reefmesh.gateway.link;

import com.google.protobuf.ByteString;
import io.reefmesh.balancer.TaskId;
import java.util.Collection;
import java.util.Map;

/** Where payloads are that memory has no room for. May wait for a disk. */
@FunctionalInterface
public interface PayloadSource {

  /**
   * The payloads of tasks; those of unknown ones are absent.
   *
   * @throws RuntimeException when they cannot be read at all
   */
  Map<TaskId, ByteString> payloads(Collection<TaskId> ids);
}
