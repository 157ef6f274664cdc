package io.reefmesh.balancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class TreapTest {

  private static final class Entry extends Treap.Link<Entry> {
    final int key;
    int below;

    Entry(int key) {
      this.key = key;
    }
  }

  private static final class CountingTree extends Treap<Entry> {
    @Override
    boolean before(Entry a, Entry b) {
      return a.key < b.key;
    }

    @Override
    void refresh(Entry entry) {
      entry.below = 1 + below(entry.left) + below(entry.right);
    }

    static int below(@Nullable Entry entry) {
      return entry == null ? 0 : entry.below;
    }
  }

  @Test
  void shouldAgreeWithASortedMapWhenElementsComeAndGo() {
    for (int seed = 1; seed <= 10; seed++) {
      // given
      SplittableRandom random = new SplittableRandom(seed);
      CountingTree tree = new CountingTree();
      TreeMap<Integer, Entry> model = new TreeMap<>();
      for (int step = 0; step < 2_000; step++) {
        int key = random.nextInt(300);
        Entry present = model.get(key);
        // when
        if (present == null) {
          Entry entry = new Entry(key);
          model.put(key, entry);
          tree.insert(entry);
        } else if (random.nextInt(3) > 0) {
          model.remove(key);
          tree.remove(present);
          assertThat(present.left).isNull();
          assertThat(present.right).isNull();
        }
        // then
        assertThat(CountingTree.below(tree.root)).isEqualTo(model.size());
        assertThat(tree.isEmpty()).isEqualTo(model.isEmpty());
        if (step % 50 == 0) {
          List<Entry> inOrder = new ArrayList<>();
          walk(tree.root, inOrder);
          assertThat(inOrder).containsExactlyElementsOf(model.values());
        }
      }
    }
  }

  @Test
  void shouldStayShallowWhenElementsComeInOrder() {
    // given
    CountingTree tree = new CountingTree();
    // when
    for (int key = 0; key < 100_000; key++) {
      tree.insert(new Entry(key));
    }
    // then: a balanced one has 17 levels, a list 100,000
    assertThat(depth(tree.root)).isLessThan(60);
  }

  @Test
  void shouldRefuseWhenTheElementIsNotInTheTree() {
    // given
    CountingTree tree = new CountingTree();
    tree.insert(new Entry(1));
    // when, then
    assertThatThrownBy(() -> tree.remove(new Entry(2))).isInstanceOf(IllegalStateException.class);
  }

  private static void walk(@Nullable Entry entry, List<Entry> into) {
    if (entry != null) {
      walk(entry.left, into);
      into.add(entry);
      walk(entry.right, into);
    }
  }

  private static int depth(@Nullable Entry entry) {
    return entry == null ? 0 : 1 + Math.max(depth(entry.left), depth(entry.right));
  }
}
