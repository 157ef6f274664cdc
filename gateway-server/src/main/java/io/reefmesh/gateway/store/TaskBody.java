package io.reefmesh.gateway.store;

import com.google.protobuf.ByteString;
import io.reefmesh.balancer.Opaque;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.v1.TaskSpec;
import org.jspecify.annotations.Nullable;

/**
 * What a caller asked for, as it is stored.
 *
 * @param spec with its defaults filled in and without its payload
 * @param contentType of the payload
 * @param payload the bytes
 * @param retryOf the task this one repeats, if any
 */
public record TaskBody(
    TaskSpec spec, String contentType, ByteString payload, @Nullable TaskId retryOf)
    implements Opaque {}
