package io.reefmesh.gateway.store;

import com.google.protobuf.ByteString;
import io.reefmesh.balancer.Opaque;
import io.reefmesh.v1.Usage;
import org.jspecify.annotations.Nullable;

/**
 * What a handler gave, as it is stored.
 *
 * @param contentType of the payload; null when there is no result (the attempt failed)
 * @param payload the bytes; null when there is no result
 * @param usage what it consumed, if the handler said so
 */
public record ResultBody(
    @Nullable String contentType, @Nullable ByteString payload, @Nullable Usage usage)
    implements Opaque {}
