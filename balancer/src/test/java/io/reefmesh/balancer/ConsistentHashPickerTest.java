package io.reefmesh.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ConsistentHashPickerTest {

  private static ConsistentHashPicker picker(String prefix, int nodes) {
    ConsistentHashPicker picker = new ConsistentHashPicker();
    for (int i = 0; i < nodes; i++) {
      picker.put(Candidates.idle(prefix + i));
    }
    return picker;
  }

  private static List<String> owners(NodePicker picker, int keys) {
    return Candidates.picks(picker, keys);
  }

  @Test
  void shouldMoveOnlyTheKeysOfTheNodeWhenOneLeavesOrFills() {
    for (int nodes : new int[] {3, 10, 100, 1_000}) {
      for (String seed : List.of("node-", "worker.", "x", "eu/")) {
        // given
        ConsistentHashPicker picker = picker(seed, nodes);
        int keys = 20 * nodes;
        List<String> before = owners(picker, keys);
        String gone = seed + nodes / 2;
        // when
        picker.put(Candidates.full(gone));
        List<String> full = owners(picker, keys);
        picker.remove(gone);
        // then
        assertThat(owners(picker, keys)).isEqualTo(full);
        int moved = 0;
        for (int i = 0; i < keys; i++) {
          if (before.get(i).equals(gone)) {
            moved++;
            assertThat(full.get(i)).isNotEqualTo(gone);
          } else {
            assertThat(full.get(i)).isEqualTo(before.get(i));
          }
        }
        assertThat(moved).isLessThan(20 * 2);
        // when it is back
        picker.put(Candidates.idle(gone));
        // then its keys are back
        assertThat(owners(picker, keys)).isEqualTo(before);
      }
    }
  }

  @Test
  void shouldMoveAboutOneInNKeysWhenAnyNodeLeaves() {
    // given
    int nodes = 100;
    int keys = 5_000;
    ConsistentHashPicker picker = picker("n", nodes);
    List<String> before = owners(picker, keys);
    long moved = 0;
    // when: each leaves once
    for (int i = 0; i < nodes; i++) {
      picker.remove("n" + i);
      List<String> after = owners(picker, keys);
      for (int k = 0; k < keys; k++) {
        moved += after.get(k).equals(before.get(k)) ? 0 : 1;
      }
      picker.put(Candidates.idle("n" + i));
    }
    // then: each key moved exactly once in all, 1/N per leave on average
    assertThat(moved).isEqualTo(keys);
  }

  @Test
  void shouldSpreadKeysEvenlyWhenThereAreManyNodes() {
    for (String seed : List.of("n", "host-", "10.0.0.")) {
      // given
      int nodes = 1_000;
      int perNode = 200;
      // when
      Map<String, Integer> counts = new HashMap<>();
      owners(picker(seed, nodes), nodes * perNode).forEach(id -> counts.merge(id, 1, Integer::sum));
      // then: sampling alone gives a deviation of 7 %
      assertThat(counts).hasSize(nodes);
      assertThat(Collections.max(counts.values())).isLessThan(perNode * 14 / 10);
      double squares = 0;
      for (int count : counts.values()) {
        squares += Math.pow(count - perNode, 2);
      }
      assertThat(Math.sqrt(squares / nodes) / perNode).isLessThan(0.13);
    }
  }

  @Test
  void shouldLeaveNobodyWithoutKeysWhenTheMeshIsSmall() {
    for (int mesh = 0; mesh < 50; mesh++) {
      // given, when
      Map<String, Integer> counts = new HashMap<>();
      owners(picker("mesh" + mesh + "-", 3), 3_000)
          .forEach(id -> counts.merge(id, 1, Integer::sum));
      // then
      assertThat(counts).hasSize(3).allSatisfy((id, n) -> assertThat(n).isBetween(400, 1_400));
    }
  }

  @Test
  void shouldSpreadTheKeysOfAFullNodeOverManyWhenItFills() {
    // given
    ConsistentHashPicker picker = picker("n", 100);
    List<String> before = owners(picker, 50_000);
    // when
    picker.put(Candidates.full("n42"));
    List<String> after = owners(picker, 50_000);
    // then: not all on one neighbour
    Map<String, Integer> takers = new HashMap<>();
    for (int i = 0; i < before.size(); i++) {
      if (before.get(i).equals("n42")) {
        takers.merge(after.get(i), 1, Integer::sum);
      }
    }
    assertThat(takers).hasSizeGreaterThan(30);
    int moved = takers.values().stream().mapToInt(Integer::intValue).sum();
    assertThat(Collections.max(takers.values())).isLessThan(moved / 3);
  }

  @Test
  void shouldTreatAnAvoidedNodeAsIfItWereNotThereWhenPicking() {
    // given
    ConsistentHashPicker picker = picker("n", 20);
    ConsistentHashPicker without = picker("n", 20);
    Set<String> avoid = Set.of("n3", "n11", "n19", "not-there");
    avoid.forEach(without::remove);
    // when, then
    for (long key = 0; key < 5_000; key++) {
      assertThat(picker.pick(key, avoid)).isEqualTo(without.pick(key, Candidates.NONE));
    }
  }

  @Test
  void shouldOwnTheSameKeysWhenNodesJoinedInAnotherOrder() {
    // given
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      order.add(i);
    }
    Collections.shuffle(order, new Random(4));
    ConsistentHashPicker shuffled = new ConsistentHashPicker();
    order.forEach(i -> shuffled.put(Candidates.idle("n" + i)));
    for (int i = 1_000; i < 1_200; i++) {
      shuffled.put(Candidates.idle("n" + i));
      shuffled.remove("n" + i);
    }
    // when, then
    assertThat(owners(shuffled, 10_000)).isEqualTo(owners(picker("n", 300), 10_000));
  }

  @Test
  void shouldOwnTheSameKeysWhenTheProcessStartsAgain() {
    // given, when, then: written down once, so that a change of the hash is seen
    assertThat(owners(picker("n", 5), 8))
        .containsExactly("n3", "n2", "n0", "n2", "n0", "n4", "n4", "n0");
  }
}
