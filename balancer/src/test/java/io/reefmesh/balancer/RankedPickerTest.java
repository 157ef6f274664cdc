package io.reefmesh.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.reefmesh.balancer.NodePicker.Candidate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Round-robin, least connections and least load. */
final class RankedPickerTest {

  /** What the pickers do, in the plainest way: sort all, take the first. */
  private static final class SortingPicker {
    private final Map<String, Candidate> nodes = new HashMap<>();
    private final List<String> byLastTurn = new ArrayList<>();
    private final ToDoubleFunction<Candidate> rank;

    SortingPicker(ToDoubleFunction<Candidate> rank) {
      this.rank = rank;
    }

    void put(Candidate candidate) {
      if (nodes.put(candidate.nodeId(), candidate) == null) {
        byLastTurn.add(candidate.nodeId());
      }
    }

    void remove(String id) {
      nodes.remove(id);
      byLastTurn.remove(id);
    }

    @Nullable String pick(Set<String> avoid) {
      List<Candidate> all = new ArrayList<>(nodes.values());
      all.removeIf(c -> !c.hasRoom() || avoid.contains(c.nodeId()));
      all.sort(Comparator.comparingDouble(rank).thenComparing(c -> byLastTurn.indexOf(c.nodeId())));
      if (all.isEmpty()) {
        return null;
      }
      String picked = all.get(0).nodeId();
      byLastTurn.remove(picked);
      byLastTurn.add(picked);
      return picked;
    }
  }

  @Test
  void shouldPickWhatSortingAllWouldPickWhenNodesComeGoAndChange() {
    ToDoubleFunction<Candidate> share = c -> (double) c.inFlight() / c.slots();
    compare(new RoundRobinPicker(), c -> 0);
    compare(new LeastConnectionsPicker(), share);
    compare(
        new LeastLoadPicker(),
        c -> 1 - (1 - c.cpuLoad()) * (1 - c.memoryLoad()) + share.applyAsDouble(c));
  }

  private static void compare(NodePicker picker, ToDoubleFunction<Candidate> rank) {
    // given
    SplittableRandom random = new SplittableRandom(5);
    SortingPicker reference = new SortingPicker(rank);
    for (int step = 0; step < 20_000; step++) {
      String id = "n" + random.nextInt(25);
      switch (random.nextInt(6)) {
        case 0 -> {
          picker.remove(id);
          reference.remove(id);
        }
        case 1, 2 -> {
          int slots = random.nextInt(1, 5);
          double cpu = random.nextInt(5) / 4.0;
          Candidate candidate =
              Candidates.loaded(id, cpu, random.nextInt(5) / 4.0, random.nextInt(slots + 1), slots);
          picker.put(candidate);
          reference.put(candidate);
        }
        default -> {
          Set<String> avoid = new HashSet<>();
          for (int i = random.nextInt(3); i > 0; i--) {
            avoid.add("n" + random.nextInt(25));
          }
          // when, then
          assertThat(picker.pick(random.nextLong(), avoid)).isEqualTo(reference.pick(avoid));
        }
      }
    }
  }

  @Test
  void shouldGoRoundWhenAllHaveRoom() {
    // given
    NodePicker picker = new RoundRobinPicker();
    IntStream.range(0, 5).forEach(i -> picker.put(Candidates.idle("n" + i)));
    // when, then
    assertThat(Candidates.picks(picker, 10))
        .containsExactly("n0", "n1", "n2", "n3", "n4", "n0", "n1", "n2", "n3", "n4");
  }

  @Test
  void shouldGiveOneTurnNotManyWhenANodeWasFullForLong() {
    // given
    NodePicker picker = new RoundRobinPicker();
    List.of("a", "b", "c").forEach(id -> picker.put(Candidates.idle(id)));
    picker.put(Candidates.full("a"));
    Candidates.picks(picker, 100);
    // when
    picker.put(Candidates.idle("a"));
    // then
    assertThat(Candidates.picks(picker, 6)).containsExactly("a", "b", "c", "a", "b", "c");
  }

  @Test
  void shouldFillInProportionToSlotsWhenConnectionsCount() {
    // given
    NodePicker picker = new LeastConnectionsPicker();
    Map<String, Integer> slots = Map.of("small", 4, "middle", 16, "large", 64);
    Map<String, Integer> inFlight = new HashMap<>();
    slots.forEach((id, count) -> picker.put(Candidates.using(id, 0, count)));
    // when: half of all slots are taken
    fill(picker, slots, inFlight, 42);
    // then
    assertThat(inFlight).isEqualTo(Map.of("small", 2, "middle", 8, "large", 32));
  }

  @Test
  void shouldShareEvenlyWhenTasksAreOverBeforeTheNextAndAllAreEqual() {
    // given: each task ends at once, so every node is empty at every pick
    NodePicker picker = new LeastConnectionsPicker();
    IntStream.range(0, 7).forEach(i -> picker.put(Candidates.using("n" + i, 0, 4)));
    Map<String, Integer> counts = new HashMap<>();
    // when
    for (int i = 0; i < 700; i++) {
      String id = Candidates.pick(picker, i);
      picker.put(Candidates.using(id, 1, 4));
      picker.put(Candidates.using(id, 0, 4));
      counts.merge(id, 1, Integer::sum);
    }
    // then
    assertThat(counts).hasSize(7).allSatisfy((id, count) -> assertThat(count).isEqualTo(100));
  }

  @Test
  void shouldSpreadABurstWhenFiguresStayOldBetweenBeats() {
    // given: one node looks idle, the others a little busy
    NodePicker picker = new LeastLoadPicker();
    Map<String, Integer> inFlight = new HashMap<>();
    for (int i = 0; i < 10; i++) {
      picker.put(Candidates.loaded("n" + i, i == 0 ? 0.1 : 0.3, 0.2, 0, 10));
    }
    // when: 20 tasks at once, and no beat
    for (int i = 0; i < 20; i++) {
      String id = Candidates.pick(picker, i);
      int now = inFlight.merge(id, 1, Integer::sum);
      picker.put(Candidates.loaded(id, "n0".equals(id) ? 0.1 : 0.3, 0.2, now, 10));
    }
    // then: the idle one has more, but only what makes it equal
    assertThat(inFlight).hasSize(10);
    assertThat(inFlight.get("n0")).isBetween(3, 4);
    assertThat(Collections.max(inFlight.values())).isEqualTo(inFlight.get("n0"));
  }

  @Test
  void shouldPreferTheNodeWithBothResourcesWhenLoadCounts() {
    // given
    NodePicker picker = new LeastLoadPicker();
    picker.put(Candidates.loaded("no-memory", 0.02, 0.99, 0, 4));
    picker.put(Candidates.loaded("no-processor", 0.99, 0.02, 0, 4));
    picker.put(Candidates.loaded("fair", 0.6, 0.5, 0, 4));
    picker.put(Candidates.loaded("unknown", Double.NaN, 0.1, 0, 4));
    picker.put(Candidates.loaded("absurd", 17, -3, 0, 4));
    // when, then
    assertThat(Candidates.picks(picker, 3)).containsOnly("fair");
    picker.remove("fair");
    assertThat(picker.pick(1, Candidates.NONE)).isIn("no-memory", "no-processor");
  }

  private static void fill(
      NodePicker picker, Map<String, Integer> slots, Map<String, Integer> inFlight, int tasks) {
    for (int i = 0; i < tasks; i++) {
      String id = Candidates.pick(picker, i);
      int now = inFlight.merge(id, 1, Integer::sum);
      picker.put(Candidates.using(id, now, slots.getOrDefault(id, 0)));
    }
  }
}
