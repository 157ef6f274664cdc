package io.reefmesh.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.reefmesh.balancer.NodePicker.Candidate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class WeightedPickerTest {

  /** The same rules in the plainest way: no order is kept, each pick looks at every node. */
  private static final class LookingPicker {

    private static final long PICK = 720_720L << 10;

    private static final class Node {
      private final String id;
      private int weight;
      private long stride;
      private long remainder;
      private long time;
      private long turn;
      private boolean active;
      private long owed;

      private Node(String id, long turn) {
        this.id = id;
        this.turn = turn;
      }

      private void step() {
        stride = (PICK + remainder) / weight;
        remainder = (PICK + remainder) % weight;
      }
    }

    private final Map<String, Node> nodes = new TreeMap<>();
    private long now;
    private long rest;
    private long turns;

    void put(Candidate candidate) {
      Node node = nodes.computeIfAbsent(candidate.nodeId(), id -> new Node(id, ++turns));
      int weight = Math.max(1, Math.min(1_000, candidate.weight()));
      if (node.active && (weight != node.weight || !candidate.hasRoom())) {
        leave(node);
      }
      if (weight != node.weight) {
        node.weight = weight;
        node.remainder = 0;
        node.step();
      }
      if (candidate.hasRoom() && !node.active) {
        join(node);
      }
    }

    void remove(String id) {
      Node node = nodes.remove(id);
      if (node != null && node.active) {
        node.active = false;
        rest += behind(node);
        settle();
      }
    }

    @Nullable String pick(Set<String> avoid) {
      List<Node> aside = new ArrayList<>();
      Node node = soonest();
      while (node != null && avoid.contains(node.id)) {
        leave(node);
        aside.add(0, node);
        node = soonest();
      }
      if (node != null) {
        long step = node.stride + Math.max(0, behind(node) - PICK) / node.weight;
        rest += node.weight * step;
        node.time += step;
        node.step();
        node.turn = ++turns;
        settle();
      }
      aside.forEach(this::join);
      return node == null ? null : node.id;
    }

    private @Nullable Node soonest() {
      return nodes.values().stream()
          .filter(n -> n.active && n.time <= now)
          .min(Comparator.<Node>comparingLong(n -> n.time + n.stride).thenComparing(n -> n.turn))
          .orElse(null);
    }

    private void join(Node node) {
      long weights = weights();
      node.time = now;
      if (weights > 0) {
        node.time -= Math.floorDiv(node.owed, node.weight) + Math.floorDiv(node.owed, weights);
      }
      node.active = true;
      rest -= behind(node);
      settle();
    }

    private void leave(Node node) {
      node.active = false;
      node.owed = Math.max(-PICK, Math.min(PICK, behind(node)));
      rest += behind(node);
      settle();
    }

    private long behind(Node node) {
      return node.weight * (now - node.time);
    }

    private long weights() {
      return nodes.values().stream().filter(n -> n.active).mapToLong(n -> n.weight).sum();
    }

    private void settle() {
      long weights = weights();
      if (weights > 0) {
        now += Math.floorDiv(rest, weights);
        rest = Math.floorMod(rest, weights);
      }
    }
  }

  private static WeightedPicker picker(int... weights) {
    WeightedPicker picker = new WeightedPicker();
    for (int i = 0; i < weights.length; i++) {
      picker.put(Candidates.weighted("" + i, weights[i]));
    }
    return picker;
  }

  private static int pick(NodePicker picker) {
    return Integer.parseInt(Candidates.pick(picker, 0));
  }

  /** The largest distance that any node has from its exact share after any number of picks. */
  private static double worstDistance(int[] weights, int picks) {
    WeightedPicker picker = picker(weights);
    double sum = Arrays.stream(weights).sum();
    int[] counts = new int[weights.length];
    double worst = 0;
    for (int n = 1; n <= picks; n++) {
      counts[pick(picker)]++;
      for (int i = 0; i < weights.length; i++) {
        worst = Math.max(worst, Math.abs(counts[i] - weights[i] / sum * n));
      }
    }
    return worst;
  }

  @Test
  void shouldSpreadTheHeavyNodeWhenWeightsDiffer() {
    // given
    WeightedPicker picker = picker(5, 1, 1);
    // when, then
    for (int round = 0; round < 3; round++) {
      assertThat(Candidates.picks(picker, 7)).containsExactly("0", "1", "0", "0", "2", "0", "0");
    }
  }

  @Test
  void shouldStayWithinOnePickOfTheExactShareWhenNodesStayTheSame() {
    // given
    int[] oneAgainstMany = new int[101];
    Arrays.fill(oneAgainstMany, 1);
    oneAgainstMany[50] = 100;
    SplittableRandom random = new SplittableRandom(3);
    // when, then
    assertThat(worstDistance(new int[] {1, 1, 1}, 3_000)).isLessThan(1);
    assertThat(worstDistance(new int[] {1000, 1}, 30_000)).isLessThan(1);
    assertThat(worstDistance(new int[] {997, 641, 3, 1}, 100_000)).isLessThan(1);
    assertThat(worstDistance(oneAgainstMany, 10_000)).isLessThan(1);
    for (int round = 0; round < 50; round++) {
      int[] weights = new int[random.nextInt(2, 60)];
      Arrays.setAll(weights, i -> random.nextInt(1, random.nextBoolean() ? 10 : 1001));
      assertThat(worstDistance(weights, 3_000)).isLessThan(1);
    }
  }

  @Test
  void shouldStayWithinOnePickWhenItRunsForMillionsOfPicksWithAWeightThatDoesNotDivide() {
    assertThat(worstDistance(new int[] {997, 990}, 4_000_000)).isLessThan(1);
  }

  @Test
  void shouldNotCatchUpWhenANodeWasFullForLong() {
    // given
    WeightedPicker picker = picker(10, 10, 10);
    picker.put(Candidates.full("0"));
    Candidates.picks(picker, 100_000);
    // when
    picker.put(Candidates.weighted("0", 10));
    // then: no more than its share and the one pick it may have been behind
    for (int round = 0; round < 10; round++) {
      assertThat(Candidates.picks(picker, 9)).filteredOn("0"::equals).hasSizeBetween(2, 4);
    }
  }

  @Test
  void shouldOweOnePickAtMostWhenManyComeBackAheadAtOnce() {
    for (boolean leaves : new boolean[] {false, true}) {
      // given: all but the last are picked once and are full, then return together
      int last = 300;
      WeightedPicker picker = new WeightedPicker();
      for (int i = 0; i <= last; i++) {
        picker.put(Candidates.weighted("" + i, 1));
      }
      for (int i = 0; i < last; i++) {
        picker.put(Candidates.full("" + pick(picker)));
      }
      for (int i = 0; i < last; i++) {
        picker.put(Candidates.weighted("" + i, 1));
      }
      // when: the one that is far behind them now may have no room for a moment
      if (leaves) {
        picker.put(Candidates.full("" + last));
        picker.put(Candidates.weighted("" + last, 1));
      }
      // then
      assertThat(Candidates.picks(picker, 200))
          .filteredOn(("" + last)::equals)
          .hasSizeBetween(1, 2);
    }
  }

  @Test
  void shouldNotCatchUpWhenANodeWasAvoidedForLong() {
    // given
    WeightedPicker picker = picker(10, 10, 10, 70);
    for (int i = 0; i < 10_000; i++) {
      assertThat(picker.pick(i, Set.of("3", "1"))).isIn("0", "2");
    }
    // when, then
    assertThat(Candidates.picks(picker, 20)).filteredOn("3"::equals).hasSizeBetween(13, 15);
    assertThat(Candidates.picks(picker, 20)).filteredOn("1"::equals).hasSizeBetween(1, 3);
  }

  @Test
  void shouldKeepProportionWhenNodesHaveOneSlotAndFillWithEveryPick() {
    // given: each task is over before the next pick
    int[] weights = {10, 1, 5, 4};
    WeightedPicker picker = picker(weights);
    int[] counts = new int[weights.length];
    // when
    for (int i = 0; i < 2_000; i++) {
      int node = pick(picker);
      counts[node]++;
      picker.put(Candidates.full("" + node));
      picker.put(Candidates.weighted("" + node, weights[node]));
    }
    // then
    for (int i = 0; i < weights.length; i++) {
      assertThat(counts[i]).isBetween(100 * weights[i] - 2, 100 * weights[i] + 2);
    }
  }

  @Test
  void shouldKeepProportionWhenSlotsFreeUpAtRandom() {
    for (int seed = 1; seed <= 10; seed++) {
      // given: up to 3 of 8 nodes are full at a time, for a short while
      SplittableRandom random = new SplittableRandom(seed);
      int[] weights = {8, 8, 4, 4, 2, 2, 1, 1};
      WeightedPicker picker = picker(weights);
      int[] counts = new int[weights.length];
      boolean[] full = new boolean[weights.length];
      int[] room = new int[weights.length];
      // when
      for (int i = 0; i < 30_000; i++) {
        int node = random.nextInt(weights.length);
        boolean fill = !full[node] && countTrue(full) < 3;
        full[node] = fill;
        picker.put(
            fill ? Candidates.full("" + node) : Candidates.weighted("" + node, weights[node]));
        for (int k = 0; k < weights.length; k++) {
          room[k] += full[k] ? 0 : 1;
        }
        counts[pick(picker)]++;
      }
      // then: by the time it had room, equal weights get equal shares and double weights double
      for (int k = 0; k + 2 < weights.length; k++) {
        double perRoom = (double) counts[k] / room[k] / weights[k];
        double next = (double) counts[k + 2] / room[k + 2] / weights[k + 2];
        assertThat(perRoom / next).isBetween(0.85, 1.18);
      }
    }
  }

  @Test
  void shouldFollowWhenAWeightChanges() {
    // given
    WeightedPicker picker = picker(1, 1);
    Candidates.picks(picker, 1_000);
    // when
    picker.put(Candidates.weighted("0", 9));
    // then
    assertThat(Candidates.picks(picker, 100)).filteredOn("0"::equals).hasSizeBetween(89, 91);
  }

  @Test
  void shouldTreatAWeightOutOfRangeAsTheNearestOne() {
    // given
    WeightedPicker picker = picker(-5, 0, 1, 5_000);
    // when, then
    assertThat(Candidates.picks(picker, 1_003)).filteredOn("3"::equals).hasSizeBetween(999, 1_001);
  }

  @Test
  void shouldPickWhatLookingAtAllWouldPickWhenNodesComeGoAndChange() {
    int[][] sets = {{3}, {1, 2, 5}, {7, 11, 13, 17, 997}, IntStream.range(-1, 1_003).toArray()};
    for (int[] weights : sets) {
      for (int nodes : new int[] {1, 6, 40, 150}) {
        // given: one whose virtual time begins again every few picks
        long end = WeightedPicker.BEGINNING + (1L << 31);
        compare(weights, nodes, new WeightedPicker());
        compare(weights, nodes, new WeightedPicker(end));
      }
    }
  }

  private static void compare(int[] weights, int nodes, WeightedPicker picker) {
    SplittableRandom random = new SplittableRandom(nodes);
    LookingPicker reference = new LookingPicker();
    for (int step = 0; step < 4_000; step++) {
      String id = "n" + random.nextInt(nodes);
      switch (random.nextInt(10)) {
        case 0 -> {
          picker.remove(id);
          reference.remove(id);
        }
        case 1, 2, 3 -> {
          int weight = weights[random.nextInt(weights.length)];
          Candidate candidate = new Candidate(id, random.nextInt(4) > 0, 0, 4, weight, 0, 0);
          picker.put(candidate);
          reference.put(candidate);
        }
        default -> {
          Set<String> avoid = new HashSet<>();
          for (int i = Math.max(0, random.nextInt(8) - 4); i > 0; i--) {
            avoid.add("n" + random.nextInt(nodes));
          }
          // when, then
          assertThat(picker.pick(step, avoid)).isEqualTo(reference.pick(avoid));
        }
      }
    }
  }

  private static int countTrue(boolean[] flags) {
    int count = 0;
    for (boolean flag : flags) {
      count += flag ? 1 : 0;
    }
    return count;
  }
}
