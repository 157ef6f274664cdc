package io.reefmesh.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.reefmesh.balancer.NodePicker.Candidate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What holds for every strategy. */
final class NodePickerContractTest {

  private static final int NODES = 40;
  private static final int STEPS = 4_000;

  @ParameterizedTest
  @EnumSource(Strategy.class)
  void shouldPickANodeWithRoomWheneverThereIsOneWhenNodesComeGoAndFill(Strategy strategy) {
    for (int seed = 1; seed <= 10; seed++) {
      run(strategy, seed);
    }
  }

  @ParameterizedTest
  @EnumSource(Strategy.class)
  void shouldPickTheSameNodesWhenTheSameCallsAreRepeated(Strategy strategy) {
    // given, when, then
    assertThat(run(strategy, 99)).isEqualTo(run(strategy, 99));
    assertThat(run(strategy, 99)).isNotEqualTo(run(strategy, 98));
  }

  @ParameterizedTest
  @EnumSource(Strategy.class)
  void shouldPickNothingWhenThereIsNoNode(Strategy strategy) {
    // given
    NodePicker picker = NodePickers.create(strategy);
    // when
    picker.remove("nobody");
    // then
    assertThat(picker.hasRoom()).isFalse();
    assertThat(picker.pick(1, Set.of())).isNull();
    assertThat(picker.pick(1, Set.of("nobody"))).isNull();
  }

  @ParameterizedTest
  @EnumSource(Strategy.class)
  void shouldPickTheOnlyOtherNodeWhenAllButOneAreAvoided(Strategy strategy) {
    // given
    NodePicker picker = NodePickers.create(strategy);
    Set<String> avoid = new HashSet<>();
    for (int i = 0; i < 50; i++) {
      picker.put(Candidates.idle("n" + i));
      avoid.add("n" + i);
    }
    // when, then
    assertThat(picker.pick(7, avoid)).isNull();
    assertThat(picker.hasRoom()).isTrue();
    avoid.remove("n23");
    for (long key = 0; key < 20; key++) {
      assertThat(picker.pick(key, avoid)).isEqualTo("n23");
    }
    assertThat(Candidates.picks(picker, 2_000)).doesNotContainNull().contains("n1", "n49");
  }

  @ParameterizedTest
  @EnumSource(Strategy.class)
  void shouldNotDependOnTheOrderOfTheAvoidedWhenSeveralAre(Strategy strategy) {
    // given: the same nodes to avoid, in sets that are walked in different orders
    NodePicker one = NodePickers.create(strategy);
    NodePicker other = NodePickers.create(strategy);
    for (int i = 0; i < 30; i++) {
      one.put(Candidates.weighted("n" + i, 1 + i));
      other.put(Candidates.weighted("n" + i, 1 + i));
    }
    List<String> avoided = List.of("n3", "n29", "n17", "n28", "n0");
    Set<String> forward = new LinkedHashSet<>(avoided);
    List<String> turned = new ArrayList<>(avoided);
    Collections.reverse(turned);
    Set<String> backward = new LinkedHashSet<>(turned);
    // when, then
    for (long key = 0; key < 500; key++) {
      boolean avoiding = key % 3 == 0;
      assertThat(one.pick(key, avoiding ? forward : Set.of()))
          .isEqualTo(other.pick(key, avoiding ? backward : Set.of()));
    }
  }

  /** Random calls, each pick checked against a plain map; gives back what was picked. */
  private static List<String> run(Strategy strategy, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    NodePicker picker = NodePickers.create(strategy);
    Map<String, Candidate> model = new TreeMap<>();
    List<String> picks = new ArrayList<>();
    for (int step = 0; step < STEPS; step++) {
      String id = "n" + random.nextInt(NODES);
      switch (random.nextInt(8)) {
        case 0 -> {
          picker.remove(id);
          model.remove(id);
        }
        case 1, 2, 3 -> {
          Candidate candidate = randomCandidate(id, random);
          picker.put(candidate);
          model.put(id, candidate);
        }
        default -> picks.add(pickAndCheck(picker, model, random));
      }
      assertThat(picker.hasRoom()).isEqualTo(model.values().stream().anyMatch(Candidate::hasRoom));
    }
    return picks;
  }

  private static Candidate randomCandidate(String id, SplittableRandom random) {
    int slots = random.nextInt(1, 9);
    int inFlight = random.nextInt(slots + 1);
    boolean room = inFlight < slots && random.nextInt(4) > 0;
    int weight = random.nextInt(1, 1001);
    return new Candidate(
        id, room, inFlight, slots, weight, random.nextDouble(), random.nextDouble());
  }

  private static String pickAndCheck(
      NodePicker picker, Map<String, Candidate> model, SplittableRandom random) {
    Set<String> avoid = new HashSet<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      avoid.add("n" + random.nextInt(NODES));
    }
    String picked = picker.pick(random.nextLong(), avoid);
    List<String> allowed =
        model.values().stream()
            .filter(Candidate::hasRoom)
            .map(Candidate::nodeId)
            .filter(id -> !avoid.contains(id))
            .toList();
    if (allowed.isEmpty()) {
      assertThat(picked).isNull();
      return "none";
    }
    assertThat(picked).isIn(allowed);
    return String.valueOf(picked);
  }
}
