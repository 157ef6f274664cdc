package io.reefmesh.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.reefmesh.balancer.NodePicker.Candidate;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

/**
 * Counts what a pick looks at among ten thousand nodes: places of a tournament, lanes, spots of a
 * ring. Copies of a table that has become too small are not counted.
 */
final class PickerEffortTest {

  private static final int NODES = 10_000;

  /** A row of four on each of seven levels: once for what was late, once for the change itself. */
  private static final long TREE_LIMIT = 2 * 4 * 7;

  /** One lane, as all weights are equal, in one block. */
  private static final long LANE_LIMIT = 2;

  /** Of all weights that there are: 2,000 lanes in blocks of 16. */
  private static final long BLOCKS = 125;

  /** Sixteen searches, each past a few neighbours or, as long as there are few, empty spots. */
  private static final long RING_LIMIT = 16 * 20;

  @Test
  void shouldCompareAFewNodesWhenTakingTurnsAmongTenThousand() {
    RankedPicker picker = new RoundRobinPicker();
    worstOf(picker, picker::looks, TREE_LIMIT);
  }

  @Test
  void shouldCompareAFewNodesWhenCountingConnectionsAmongTenThousand() {
    RankedPicker picker = new LeastConnectionsPicker();
    worstOf(picker, picker::looks, TREE_LIMIT);
  }

  @Test
  void shouldCompareAFewNodesWhenWeighingLoadAmongTenThousand() {
    RankedPicker picker = new LeastLoadPicker();
    worstOf(picker, picker::looks, TREE_LIMIT);
  }

  @Test
  void shouldVisitAFewNodesWhenWeighingAmongTenThousand() {
    WeightedPicker picker = new WeightedPicker();
    worstOf(picker, picker::looks, TREE_LIMIT + LANE_LIMIT);
  }

  @Test
  void shouldLookIntoFewBlocksOfLanesWhenAllWeightsAreThere() {
    // given
    WeightedPicker picker = new WeightedPicker();
    SplittableRandom random = new SplittableRandom(6);
    for (int i = 0; i < NODES; i++) {
      picker.put(Candidates.weighted("n" + i, 1 + i % 1_000));
    }
    // the first pick looks at every lane once, as all are new
    Candidates.picks(picker, 1);
    long most = 0;
    // when: some come back behind or ahead of the mesh meanwhile
    for (int i = 0; i < 10 * NODES; i++) {
      long start = picker.looks();
      String picked = Candidates.pick(picker, i);
      most = Math.max(most, picker.looks() - start);
      if (i % 4 == 0) {
        int full = Integer.parseInt(picked, 1, picked.length(), 10);
        picker.put(new Candidate(picked, false, 4, 4, 1 + full % 1_000, 0, 0));
        int returning = random.nextInt(NODES);
        picker.put(Candidates.weighted("n" + returning, 1 + returning % 1_000));
      }
    }
    // then
    assertThat(most).isLessThan(BLOCKS + 16 * 16 + TREE_LIMIT);
  }

  @Test
  void shouldVisitAFewPointsWhenHashingAmongTenThousand() {
    ConsistentHashPicker picker = new ConsistentHashPicker();
    worstOf(picker, picker::looks, RING_LIMIT);
  }

  @Test
  void shouldVisitHardlyMorePointsWhenTheRingIsAHundredTimesLarger() {
    // given, when
    double small = perPick(100);
    double large = perPick(10_000);
    // then
    assertThat(large).isLessThan(1.2 * small);
  }

  private static double perPick(int nodes) {
    ConsistentHashPicker picker = new ConsistentHashPicker();
    for (int i = 0; i < nodes; i++) {
      picker.put(Candidates.idle("n" + i));
    }
    long before = picker.looks();
    Candidates.picks(picker, 1_000);
    return (picker.looks() - before) / 1_000.0;
  }

  /**
   * Joins, picks with room everywhere, picks with room almost nowhere: each single call counted.
   */
  private static void worstOf(NodePicker picker, LongSupplier counter, long limit) {
    for (int i = 0; i < NODES; i++) {
      Candidate joining = node(i, 0, true);
      assertThat(effort(counter, () -> picker.put(joining))).isLessThanOrEqualTo(limit);
      assertThat(effort(counter, () -> picker.pick(1, Set.of()))).isLessThanOrEqualTo(limit);
    }
    // twice round, so that the moment when all fall due together is among them
    for (int i = 0; i < 2 * NODES; i++) {
      long key = i;
      assertThat(effort(counter, () -> picker.pick(key, Set.of()))).isLessThanOrEqualTo(limit);
      Candidate used = node(i % NODES, i % 3, true);
      assertThat(effort(counter, () -> picker.put(used))).isLessThanOrEqualTo(limit);
    }
    for (int i = 10; i < NODES; i++) {
      Candidate full = node(i, 4, false);
      assertThat(effort(counter, () -> picker.put(full))).isLessThanOrEqualTo(limit);
    }
    for (int i = 0; i < 1_000; i++) {
      long key = i;
      Set<String> avoid = Set.of("n" + i % 10, "n" + (i + 5) % 10);
      // each avoided node may be taken out and put back, or walked past by a probe
      assertThat(effort(counter, () -> picker.pick(key, avoid))).isLessThanOrEqualTo(3 * limit);
    }
  }

  private static Candidate node(int i, int inFlight, boolean room) {
    return new Candidate("n" + i, room, inFlight, 4, 1, (i % 7) / 7.0, (i % 5) / 5.0);
  }

  private static long effort(LongSupplier counter, Runnable call) {
    long before = counter.getAsLong();
    call.run();
    return counter.getAsLong() - before;
  }
}
