package io.reefmesh.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.reefmesh.balancer.NodePicker.Candidate;
import java.util.Set;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

/**
 * Counts what a pick looks at among ten thousand nodes: comparisons in heaps, elements in trees.
 */
final class PickerEffortTest {

  private static final int NODES = 10_000;

  /** Two comparisons per level of 14 for each of a removal, an insertion and a move. */
  private static final long HEAP_LIMIT = 3 * 2 * 14;

  /** One search, one removal and one insertion, each no deeper than 60 elements. */
  private static final long TREE_LIMIT = 3 * 60;

  private long comparisons;

  private final class CountingRoundRobin extends RoundRobinPicker {
    @Override
    boolean before(Node a, Node b) {
      comparisons++;
      return super.before(a, b);
    }
  }

  private final class CountingLeastConnections extends LeastConnectionsPicker {
    @Override
    boolean before(Node a, Node b) {
      comparisons++;
      return super.before(a, b);
    }
  }

  private final class CountingLeastLoad extends LeastLoadPicker {
    @Override
    boolean before(Node a, Node b) {
      comparisons++;
      return super.before(a, b);
    }
  }

  @Test
  void shouldCompareAFewNodesWhenTakingTurnsAmongTenThousand() {
    worstOf(new CountingRoundRobin(), () -> comparisons, HEAP_LIMIT);
  }

  @Test
  void shouldCompareAFewNodesWhenCountingConnectionsAmongTenThousand() {
    worstOf(new CountingLeastConnections(), () -> comparisons, HEAP_LIMIT);
  }

  @Test
  void shouldCompareAFewNodesWhenWeighingLoadAmongTenThousand() {
    worstOf(new CountingLeastLoad(), () -> comparisons, HEAP_LIMIT);
  }

  @Test
  void shouldVisitAFewNodesWhenWeighingAmongTenThousand() {
    WeightedPicker picker = new WeightedPicker();
    worstOf(picker, picker::visited, TREE_LIMIT);
  }

  @Test
  void shouldVisitAFewPointsWhenHashingAmongTenThousand() {
    ConsistentHashPicker picker = new ConsistentHashPicker();
    // 16 searches; a put may move four points
    worstOf(picker, picker::visited, 16 * 60);
  }

  @Test
  void shouldVisitHardlyMorePointsWhenTheRingIsAHundredTimesLarger() {
    // given, when
    double small = perPick(100);
    double large = perPick(10_000);
    // then: the logarithm doubles at most
    assertThat(large).isLessThan(2.2 * small);
  }

  private static double perPick(int nodes) {
    ConsistentHashPicker picker = new ConsistentHashPicker();
    for (int i = 0; i < nodes; i++) {
      picker.put(Candidates.idle("n" + i));
    }
    long before = picker.visited();
    Candidates.picks(picker, 1_000);
    return (picker.visited() - before) / 1_000.0;
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
