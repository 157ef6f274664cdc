package io.reefmesh.node.link;

import io.reefmesh.v1.LinkLimits;

/**
 * What the gateway lets a node send and keep; what it leaves out has a default.
 *
 * @param payloadBytes the largest result
 * @param outputReplayBytes the most output of one attempt that is kept to send again
 * @param outputCreditBytes the most output of one attempt under way
 */
record GatewayLimits(long payloadBytes, long outputReplayBytes, long outputCreditBytes) {

  private static final long MEBIBYTE = 1 << 20;

  /** However much the gateway would like kept of one attempt. */
  private static final long MAX_OUTPUT_REPLAY_BYTES = 16 * MEBIBYTE;

  /** Until the gateway says otherwise. */
  static final GatewayLimits DEFAULT = of(LinkLimits.getDefaultInstance());

  static GatewayLimits of(LinkLimits limits) {
    return new GatewayLimits(
        orDefault(limits.getMaxPayloadBytes(), MEBIBYTE),
        Math.min(orDefault(limits.getOutputReplayBytes(), MEBIBYTE), MAX_OUTPUT_REPLAY_BYTES),
        orDefault(limits.getOutputCreditBytes(), Long.MAX_VALUE));
  }

  private static long orDefault(long value, long fallback) {
    return value <= 0 ? fallback : value;
  }
}
