package io.reefmesh.chaos.nemesis;

import io.reefmesh.chaos.mesh.NodeSeat;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Sees to it that no two lanes harm the same node at once. Thread-safe. */
public final class Seats {

  private final List<NodeSeat> all;

  // Guarded by this.
  private final List<NodeSeat> free;

  /** All seats are free. */
  public Seats(List<NodeSeat> all) {
    this.all = List.copyOf(all);
    this.free = new ArrayList<>(all);
  }

  /** Takes a free node, waiting for one if need be. */
  public synchronized NodeSeat take(RandomGenerator random) throws InterruptedException {
    while (free.isEmpty()) {
      wait();
    }
    return free.remove(random.nextInt(free.size()));
  }

  /** Gives it back. */
  public synchronized void giveBack(NodeSeat seat) {
    free.add(seat);
    notifyAll();
  }

  /** The nodes that nobody harms now. */
  public synchronized List<NodeSeat> unharmed() {
    return List.copyOf(free);
  }

  /** All of them. */
  public List<NodeSeat> all() {
    return all;
  }
}
