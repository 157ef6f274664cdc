package io.reefmesh.balancer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Picks nodes in proportion to their weights, evenly spread: weights 5, 1, 1 give a b a a c a a and
 * not five in a row. After any number of picks among the same nodes, each node is less than one
 * pick away from its exact share.
 *
 * <p>This is earliest eligible virtual deadline first (Stoica and Abdel-Wahab, 1995), as in the
 * Linux scheduler: a node's virtual time grows by 1/weight when it is picked, the mesh's is the
 * weighted mean of all nodes with room. A node is eligible when it is not ahead of the mesh; of the
 * eligible ones the one that would be done first is picked. Whole numbers throughout: nothing is
 * lost by rounding, however long it runs.
 *
 * <p>A node that has no room, or that a pick must avoid, stands aside with what it was ahead or
 * behind, at most one pick; that does not grow meanwhile, and no node is ever owed more than one
 * pick, so none catches up in a burst.
 *
 * <p>Nodes of the same weight stand in a lane, where the order of their times is also that of their
 * deadlines. So a pick compares the first of each lane ({@link PickerLanes}), and then costs what
 * moving one node within its lane does, the logarithm of their number. A weight that nobody had so
 * far, or that nobody has any more, costs a copy of the lanes.
 */
final class WeightedPicker implements NodePicker {

  private static final int LARGEST_WEIGHT = 1000;

  /** One pick in virtual time at weight 1: divisible by 1 to 16, and fine enough for 1000. */
  private static final long PICK = 720_720L << 10;

  /** Where virtual time begins: what is far behind it is still above 0. */
  static final long BEGINNING = 1L << 61;

  static final class Node {
    /** Its place among its peers, kept by them. */
    int seat;

    private final String id;
    private final int number;
    private int weight;
    private @Nullable PickerWeight peers;
    private long stride;
    private long remainder;
    private long time;
    private long turn;
    private boolean active;

    /** While aside: how far it was behind the mesh, in {@link #PICK}s; negative: ahead. */
    private long owed;

    private Node(String id, int number, long turn) {
      this.id = id;
      this.number = number;
      this.turn = turn;
    }

    /** Strides differ by one where a weight does not divide evenly, so that their sum is exact. */
    private void nextStride() {
      stride = (PICK + remainder) / weight;
      remainder = (PICK + remainder) % weight;
    }

    private PickerLane lane() {
      return Objects.requireNonNull(peers).lane(stride);
    }
  }

  private final PickerIds ids = new PickerIds();

  /** By number. */
  private @Nullable Node[] nodes = new @Nullable Node[0];

  private final @Nullable PickerWeight[] byWeight = new @Nullable PickerWeight[LARGEST_WEIGHT + 1];
  private final PickerLanes lanes = new PickerLanes();
  private final long end;

  /** The mesh's virtual time, rounded down. */
  private long now = BEGINNING;

  /** What rounding {@link #now} down left: the sum of weight * (time - now), below weights. */
  private long rest;

  private long weights;
  private long turns;
  private int withRoom;

  WeightedPicker() {
    this(2 * BEGINNING);
  }

  /** With another virtual time at whose end all times are moved back to the beginning. */
  WeightedPicker(long end) {
    this.end = end;
  }

  @Override
  public void put(Candidate candidate) {
    Node node = find(candidate.nodeId());
    if (node == null) {
      node = add(candidate.nodeId());
    }
    int weight = Math.max(1, Math.min(LARGEST_WEIGHT, candidate.weight()));
    if (node.active && (weight != node.weight || !candidate.hasRoom())) {
      leave(node);
    }
    if (weight != node.weight) {
      forgetWeight(node);
      setWeight(node, weight);
    }
    if (candidate.hasRoom() && !node.active) {
      join(node);
    }
  }

  @Override
  public void remove(String nodeId) {
    Node node = find(nodeId);
    if (node == null) {
      return;
    }
    if (node.active) {
      leave(node);
    }
    forgetWeight(node);
    nodes[ids.remove(nodeId)] = null;
  }

  @Override
  public @Nullable String pick(long key, Set<String> avoid) {
    Node node = soonest();
    if (node == null) {
      return null;
    }
    if (!avoid.isEmpty() && avoid.contains(node.id)) {
      return pickPast(node, avoid);
    }
    charge(node);
    return ids.use(node.number);
  }

  @Override
  public boolean hasRoom() {
    return withRoom > 0;
  }

  /** How many lanes, and places in lanes, were looked at so far. */
  long looks() {
    return lanes.looks();
  }

  private @Nullable String pickPast(Node first, Set<String> avoid) {
    List<Node> aside = new ArrayList<>();
    Node node = first;
    while (node != null && avoid.contains(node.id)) {
      leave(node);
      aside.add(node);
      node = soonest();
    }
    if (node != null) {
      charge(node);
    }
    for (int i = aside.size() - 1; i >= 0; i--) {
      join(aside.get(i));
    }
    return node == null ? null : node.id;
  }

  private @Nullable Node soonest() {
    PickerLane lane = lanes.soonest(now);
    return lane == null ? null : lane.first();
  }

  private @Nullable Node find(String id) {
    int number = ids.find(id);
    return number == PickerIds.UNKNOWN ? null : nodes[number];
  }

  private Node add(String id) {
    int number = ids.add(id);
    if (number >= nodes.length) {
      nodes = Arrays.copyOf(nodes, Math.max(16, 2 * number));
    }
    Node node = new Node(id, number, ++turns);
    nodes[number] = node;
    return node;
  }

  private void setWeight(Node node, int weight) {
    PickerWeight peers = byWeight[weight];
    if (peers == null) {
      peers = new PickerWeight(PICK, weight);
      byWeight[weight] = peers;
      for (PickerLane lane : peers.lanes) {
        lanes.add(lane);
      }
    }
    peers.sit(node);
    node.peers = peers;
    node.weight = weight;
    node.remainder = 0;
    node.nextStride();
  }

  private void forgetWeight(Node node) {
    PickerWeight peers = node.peers;
    if (peers == null) {
      return;
    }
    peers.stand(node);
    if (peers.isEmpty()) {
      byWeight[node.weight] = null;
      for (PickerLane lane : peers.lanes) {
        lanes.remove(lane);
      }
    }
  }

  /** What it was behind by more than one pick is forgiven. */
  private void charge(Node node) {
    PickerLane before = node.lane();
    long step = node.stride + Math.max(0, behind(node) - PICK) / node.weight;
    rest += node.weight * step;
    node.time += step;
    node.nextStride();
    node.turn = ++turns;
    if (node.lane() != before) {
      exit(before, node);
    }
    enter(node);
    settle();
  }

  /**
   * Puts a node where it is as far behind the mesh as it was when it left. It moves the mean
   * itself, hence the second part.
   */
  private void join(Node node) {
    node.time = now;
    if (weights > 0) {
      node.time -= Math.floorDiv(node.owed, node.weight) + Math.floorDiv(node.owed, weights);
    }
    node.active = true;
    withRoom++;
    enter(node);
    weights += node.weight;
    rest += node.weight * (node.time - now);
    settle();
  }

  private void leave(Node node) {
    exit(node.lane(), node);
    node.active = false;
    withRoom--;
    long behind = behind(node);
    node.owed = Math.max(-PICK, Math.min(PICK, behind));
    weights -= node.weight;
    rest += behind;
    settle();
  }

  private void enter(Node node) {
    PickerLane lane = node.lane();
    lane.order.set(node.seat, node.time, node.turn);
    lanes.changed(lane);
  }

  private void exit(PickerLane lane, Node node) {
    lane.order.set(node.seat, PickerTournament.ABSENT, node.turn);
    lanes.changed(lane);
  }

  private long behind(Node node) {
    return node.weight * (now - node.time);
  }

  /** Moves {@link #now} to the mean. */
  private void settle() {
    if (weights > 0) {
      long step = Math.floorDiv(rest, weights);
      now += step;
      rest -= step * weights;
      if (now >= end) {
        beginAgain();
      }
    }
  }

  /** Once in billions of picks per node: moves all times back, which changes no difference. */
  private void beginAgain() {
    long by = now - BEGINNING;
    now -= by;
    lanes.lowerTimes(by);
    for (Node node : nodes) {
      if (node != null) {
        node.time -= by;
      }
    }
  }
}
