package io.reefmesh.balancer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Picks the node with the smallest rank; among equal ranks the one whose last turn is longest ago.
 * A strategy says what the rank is. Nodes without room keep their turn and stand outside the heap,
 * so nothing is ever searched past them.
 */
abstract class RankedPicker implements NodePicker {

  /** A node and where it stands. */
  static final class Node {
    private final String id;
    private double rank;
    private long turn;
    private int position = -1;

    private Node(String id, long turn) {
      this.id = id;
      this.turn = turn;
    }
  }

  private final class RoomHeap extends IndexedHeap<Node> {
    @Override
    int position(Node node) {
      return node.position;
    }

    @Override
    void setPosition(Node node, int position) {
      node.position = position;
    }

    @Override
    boolean before(Node a, Node b) {
      return RankedPicker.this.before(a, b);
    }
  }

  private final Map<String, Node> nodes = new HashMap<>();
  private final RoomHeap withRoom = new RoomHeap();

  /** Empty but during a pick. */
  private final List<Node> passedOver = new ArrayList<>();

  private long turns;

  /** How far back a node stands; a number, never NaN. */
  abstract double rank(Candidate candidate);

  /** A strict order of all nodes: no two have the same turn. */
  boolean before(Node a, Node b) {
    return a.rank != b.rank ? a.rank < b.rank : a.turn < b.turn;
  }

  @Override
  public final void put(Candidate candidate) {
    Node node = nodes.get(candidate.nodeId());
    if (node == null) {
      node = new Node(candidate.nodeId(), ++turns);
      nodes.put(node.id, node);
    }
    double rank = rank(candidate);
    boolean moved = rank != node.rank;
    node.rank = rank;
    if (!candidate.hasRoom()) {
      withRoom.remove(node);
    } else if (!withRoom.contains(node)) {
      withRoom.insert(node);
    } else if (moved) {
      withRoom.update(node);
    }
  }

  @Override
  public final void remove(String nodeId) {
    Node node = nodes.remove(nodeId);
    if (node != null) {
      withRoom.remove(node);
    }
  }

  @Override
  public final @Nullable String pick(long key, Set<String> avoid) {
    Node first = withRoom.peek();
    while (first != null && avoid.contains(first.id)) {
      passedOver.add(withRoom.removeMin());
      first = withRoom.peek();
    }
    if (first != null) {
      first.turn = ++turns;
      withRoom.update(first);
    }
    if (!passedOver.isEmpty()) {
      passedOver.forEach(withRoom::insert);
      passedOver.clear();
    }
    return first == null ? null : first.id;
  }

  @Override
  public final boolean hasRoom() {
    return !withRoom.isEmpty();
  }

  /**
   * The part of its slots that a node has in use, 0 when empty; over 1 when slots were taken away.
   */
  static double shareInUse(Candidate candidate) {
    return (double) candidate.inFlight() / Math.max(1, candidate.slots());
  }
}
