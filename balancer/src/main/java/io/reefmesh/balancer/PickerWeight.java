package io.reefmesh.balancer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The nodes of one weight: who sits where, and the lanes they advance in. Where one pick does not
 * divide by the weight, strides differ by one and there are two lanes; a node has the same seat in
 * both and takes part in one at most.
 */
final class PickerWeight {

  private static final int FEW = 4;

  final PickerLane[] lanes;

  private final long shortest;
  private WeightedPicker.@Nullable Node[] seats = new WeightedPicker.@Nullable Node[FEW];
  private int[] vacant = new int[FEW];
  private int vacancies;
  private int taken;

  PickerWeight(long pick, int weight) {
    shortest = pick / weight;
    lanes = new PickerLane[pick % weight == 0 ? 1 : 2];
    for (int i = 0; i < lanes.length; i++) {
      lanes[i] = new PickerLane(shortest + i, this);
    }
  }

  /** The lane of a stride, one of the two that nodes of this weight have. */
  PickerLane lane(long stride) {
    return lanes[(int) (stride - shortest)];
  }

  WeightedPicker.@Nullable Node node(int seat) {
    return seats[seat];
  }

  boolean isEmpty() {
    return taken == 0;
  }

  /** Gives a seat to a node, which takes part in no lane yet. */
  void sit(WeightedPicker.Node node) {
    int seat = vacancies > 0 ? vacant[--vacancies] : taken;
    if (seat == seats.length) {
      seats = Arrays.copyOf(seats, 2 * seat);
      vacant = Arrays.copyOf(vacant, 2 * seat);
    }
    taken++;
    seats[seat] = node;
    node.seat = seat;
    for (PickerLane lane : lanes) {
      lane.order.reserve(seat);
    }
  }

  /** Takes the seat of a node, which takes part in no lane any more. */
  void stand(WeightedPicker.Node node) {
    seats[node.seat] = null;
    vacant[vacancies++] = node.seat;
    taken--;
  }
}
