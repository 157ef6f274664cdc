package io.reefmesh.balancer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
 */
final class WeightedPicker implements NodePicker {

  private static final int LARGEST_WEIGHT = 1000;

  /** One pick in virtual time at weight 1: divisible by 1 to 16, and fine enough for 1000. */
  private static final long PICK = 720_720L << 10;

  private static final class Node extends Treap.Link<Node> {
    private final String id;
    private int weight;
    private long stride;
    private long remainder;
    private long time;
    private long turn;
    private boolean active;

    /** While aside: how far it was behind the mesh, in {@link #PICK}s; negative: ahead. */
    private long owed;

    private Node soonest = this;

    private Node(String id, long turn) {
      this.id = id;
      this.turn = turn;
    }

    private void setWeight(int weight) {
      this.weight = weight;
      remainder = 0;
      nextStride();
    }

    /** Strides differ by one where a weight does not divide evenly, so that their sum is exact. */
    private void nextStride() {
      stride = (PICK + remainder) / weight;
      remainder = (PICK + remainder) % weight;
    }
  }

  /** Nodes with room by virtual time; each knows the earliest deadline below it. */
  private static final class TimeTree extends Treap<Node> {

    @Override
    boolean before(Node a, Node b) {
      return isBefore(a.time, a.turn, b.time, b.turn);
    }

    @Override
    void refresh(Node node) {
      Node soonest = node;
      if (node.left != null) {
        soonest = sooner(soonest, node.left.soonest);
      }
      if (node.right != null) {
        soonest = sooner(soonest, node.right.soonest);
      }
      node.soonest = soonest;
    }

    /** The one with the earliest deadline of those that are not past a time. */
    @Nullable Node soonestUntil(long now) {
      Node soonest = null;
      Node at = root;
      while (at != null) {
        visited++;
        if (at.time - now > 0) {
          at = at.left;
          continue;
        }
        soonest = soonest == null ? at : sooner(soonest, at);
        if (at.left != null) {
          soonest = sooner(soonest, at.left.soonest);
        }
        at = at.right;
      }
      return soonest;
    }

    private static Node sooner(Node a, Node b) {
      return isBefore(b.time + b.stride, b.turn, a.time + a.stride, a.turn) ? b : a;
    }

    /** Times wrap around, so their difference is what counts. */
    private static boolean isBefore(long timeA, long turnA, long timeB, long turnB) {
      return timeA != timeB ? timeA - timeB < 0 : turnA < turnB;
    }
  }

  private final Map<String, Node> nodes = new HashMap<>();
  private final TimeTree withRoom = new TimeTree();

  /** The mesh's virtual time, rounded down. */
  private long now;

  /** What rounding {@link #now} down left: the sum of weight * (time - now), below weights. */
  private long rest;

  private long weights;
  private long turns;

  @Override
  public void put(Candidate candidate) {
    Node node = nodes.get(candidate.nodeId());
    if (node == null) {
      node = new Node(candidate.nodeId(), ++turns);
      nodes.put(node.id, node);
    }
    int weight = Math.max(1, Math.min(LARGEST_WEIGHT, candidate.weight()));
    if (node.active && (weight != node.weight || !candidate.hasRoom())) {
      leave(node);
    }
    if (weight != node.weight) {
      node.setWeight(weight);
    }
    if (candidate.hasRoom() && !node.active) {
      join(node);
    }
  }

  @Override
  public void remove(String nodeId) {
    Node node = nodes.remove(nodeId);
    if (node != null && node.active) {
      leave(node);
    }
  }

  @Override
  public @Nullable String pick(long key, Set<String> avoid) {
    Node node = withRoom.soonestUntil(now);
    if (node == null) {
      return null;
    }
    if (avoid.contains(node.id)) {
      return pickPast(node, avoid);
    }
    charge(node);
    return node.id;
  }

  @Override
  public boolean hasRoom() {
    return !withRoom.isEmpty();
  }

  /** How many nodes were looked at so far. */
  long visited() {
    return withRoom.visited;
  }

  private @Nullable String pickPast(Node first, Set<String> avoid) {
    List<Node> aside = new ArrayList<>();
    Node node = first;
    while (node != null && avoid.contains(node.id)) {
      leave(node);
      aside.add(node);
      node = withRoom.soonestUntil(now);
    }
    if (node != null) {
      charge(node);
    }
    for (int i = aside.size() - 1; i >= 0; i--) {
      join(aside.get(i));
    }
    return node == null ? null : node.id;
  }

  /** What it was behind by more than one pick is forgiven. */
  private void charge(Node node) {
    withRoom.remove(node);
    long step = node.stride + Math.max(0, behind(node) - PICK) / node.weight;
    rest += node.weight * step;
    node.time += step;
    node.nextStride();
    node.turn = ++turns;
    withRoom.insert(node);
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
    withRoom.insert(node);
    weights += node.weight;
    rest += node.weight * (node.time - now);
    settle();
  }

  private void leave(Node node) {
    withRoom.remove(node);
    node.active = false;
    long behind = behind(node);
    node.owed = Math.max(-PICK, Math.min(PICK, behind));
    weights -= node.weight;
    rest += behind;
    settle();
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
    }
  }
}
