package io.reefmesh.balancer;

import com.google.common.hash.Hashing;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Picks the same node for the same key, whoever asks and however often: a ring with few points per
 * node and many probes per key (multi-probe consistent hashing, Appleton and O'Reilly, 2015). A key
 * goes to the node whose point is the shortest way ahead of any of its probes.
 *
 * <p>Only nodes with room stand on the ring. When one leaves it, its keys move, each to the next
 * nearest point, and no other key does; when it has room again, exactly those come back. With n
 * nodes each has about 1/n of the keys, few more than a tenth above it.
 *
 * <p>A join and a leave cost {@value #POINTS} tree steps of logarithmic length, a pick {@value
 * #PROBES}; a node to avoid costs one more each time a probe meets it. Positions depend on nothing
 * but node ids, so every gateway builds the same ring, and a restart changes nothing.
 */
final class ConsistentHashPicker implements NodePicker {

  /** Points of a node on the ring: with these few, no node of a small mesh is left without keys. */
  private static final int POINTS = 4;

  /** Points are looked for from these many places per key: what evens out the gaps. */
  private static final int PROBES = 16;

  private static final class Point extends Treap.Link<Point> {
    private final long at;
    private final Node node;

    private Point(long at, Node node) {
      this.at = at;
      this.node = node;
    }
  }

  private static final class Node {
    private final String id;
    private final Point[] points = new Point[POINTS];
    private boolean onRing;

    private Node(String id) {
      this.id = id;
      long hash = Hashing.murmur3_128().hashUnencodedChars(id).asLong();
      for (int i = 0; i < POINTS; i++) {
        points[i] = new Point(Mix64.of(hash + i * Mix64.STEP), this);
      }
    }
  }

  private static final class Ring extends Treap<Point> {

    @Override
    boolean before(Point a, Point b) {
      return a.at != b.at
          ? Long.compareUnsigned(a.at, b.at) < 0
          : a.node.id.compareTo(b.node.id) < 0;
    }

    /** The nearest point at or ahead of a place; null on an empty ring. */
    @Nullable Point from(long place) {
      Point found = null;
      Point point = root;
      while (point != null) {
        visited++;
        if (Long.compareUnsigned(point.at, place) >= 0) {
          found = point;
          point = point.left;
        } else {
          point = point.right;
        }
      }
      return found == null ? first() : found;
    }

    /** The point after another one; itself when it is alone. */
    @Nullable Point after(Point previous) {
      Point found = null;
      Point point = root;
      while (point != null) {
        visited++;
        if (before(previous, point)) {
          found = point;
          point = point.left;
        } else {
          point = point.right;
        }
      }
      return found == null ? first() : found;
    }

    private @Nullable Point first() {
      Point point = root;
      while (point != null && point.left != null) {
        visited++;
        point = point.left;
      }
      return point;
    }
  }

  private final Map<String, Node> nodes = new HashMap<>();
  private final Ring ring = new Ring();

  @Override
  public void put(Candidate candidate) {
    Node node = nodes.get(candidate.nodeId());
    if (node == null) {
      node = new Node(candidate.nodeId());
      nodes.put(node.id, node);
    }
    stand(node, candidate.hasRoom());
  }

  @Override
  public void remove(String nodeId) {
    Node node = nodes.remove(nodeId);
    if (node != null) {
      stand(node, false);
    }
  }

  @Override
  public @Nullable String pick(long key, Set<String> avoid) {
    long mixed = Mix64.of(key);
    Point nearest = null;
    long shortest = 0;
    for (int i = 1; i <= PROBES; i++) {
      long place = Mix64.of(mixed + i * Mix64.STEP);
      Point point = from(place, avoid);
      if (point == null) {
        return null;
      }
      long way = point.at - place;
      if (nearest == null || Long.compareUnsigned(way, shortest) < 0) {
        nearest = point;
        shortest = way;
      }
    }
    return nearest == null ? null : nearest.node.id;
  }

  @Override
  public boolean hasRoom() {
    return !ring.isEmpty();
  }

  /** How many points were looked at so far. */
  long visited() {
    return ring.visited;
  }

  /**
   * The walk ends after as many points as the avoided nodes can have: it is round the ring then.
   */
  private @Nullable Point from(long place, Set<String> avoid) {
    Point point = ring.from(place);
    int skips = POINTS * avoid.size();
    while (point != null && avoid.contains(point.node.id)) {
      if (skips-- == 0) {
        return null;
      }
      point = ring.after(point);
    }
    return point;
  }

  private void stand(Node node, boolean onRing) {
    if (node.onRing == onRing) {
      return;
    }
    node.onRing = onRing;
    for (Point point : node.points) {
      if (onRing) {
        ring.insert(point);
      } else {
        ring.remove(point);
      }
    }
  }
}
