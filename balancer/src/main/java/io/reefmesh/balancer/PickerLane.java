package io.reefmesh.balancer;

import org.jspecify.annotations.Nullable;

/**
 * The nodes that advance by the same stride, so that the one with the earliest virtual time is also
 * the one with the earliest deadline. Those without room are absent.
 */
final class PickerLane {

  final long stride;

  /** By seat: virtual time, then turn. */
  final PickerTournament order = new PickerTournament();

  /** Where it stands among the {@link PickerLanes}, which keep it up to date. */
  int index = -1;

  private final PickerWeight peers;

  PickerLane(long stride, PickerWeight peers) {
    this.stride = stride;
    this.peers = peers;
  }

  /** The node with the earliest deadline; null when none has room. */
  WeightedPicker.@Nullable Node first() {
    int seat = order.top();
    return seat == PickerTournament.NONE ? null : peers.node(seat);
  }
}
