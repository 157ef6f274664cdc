package io.reefmesh.balancer;

import io.reefmesh.balancer.NodePicker.Candidate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Short forms for the tests of the pickers. */
final class Candidates {

  static final Set<String> NONE = Set.of();

  private Candidates() {}

  static Candidate idle(String id) {
    return weighted(id, 1);
  }

  static Candidate full(String id) {
    return new Candidate(id, false, 4, 4, 1, 0, 0);
  }

  static Candidate weighted(String id, int weight) {
    return new Candidate(id, true, 0, 4, weight, 0, 0);
  }

  static Candidate using(String id, int inFlight, int slots) {
    return new Candidate(id, inFlight < slots, inFlight, slots, 1, 0, 0);
  }

  static Candidate loaded(String id, double cpu, double memory, int inFlight, int slots) {
    return new Candidate(id, inFlight < slots, inFlight, slots, 1, cpu, memory);
  }

  /** Picks where there must be a node. */
  static String pick(NodePicker picker, long key) {
    return Objects.requireNonNull(picker.pick(key, NONE), "no node with room");
  }

  static List<String> picks(NodePicker picker, int count) {
    List<String> picks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      picks.add(pick(picker, i));
    }
    return picks;
  }
}
