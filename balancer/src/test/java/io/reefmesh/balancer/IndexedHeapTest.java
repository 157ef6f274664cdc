package io.reefmesh.balancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class IndexedHeapTest {

  private static final class Entry {
    final int id;
    long key;
    int position = -1;

    Entry(int id, long key) {
      this.id = id;
      this.key = key;
    }
  }

  private static final class EntryHeap extends IndexedHeap<Entry> {
    private long comparisons;

    @Override
    int position(Entry entry) {
      return entry.position;
    }

    @Override
    void setPosition(Entry entry, int position) {
      entry.position = position;
    }

    @Override
    boolean before(Entry a, Entry b) {
      comparisons++;
      return a.key != b.key ? a.key < b.key : a.id < b.id;
    }
  }

  private static final Comparator<Entry> BY_KEY =
      Comparator.<Entry>comparingLong(e -> e.key).thenComparingInt(e -> e.id);

  @Test
  void shouldAgreeWithASortedSetWhenElementsComeGoAndMove() {
    for (int seed = 1; seed <= 20; seed++) {
      // given
      SplittableRandom random = new SplittableRandom(seed);
      EntryHeap heap = new EntryHeap();
      TreeSet<Entry> model = new TreeSet<>(BY_KEY);
      List<Entry> all = new ArrayList<>();
      for (int id = 0; id < 200; id++) {
        all.add(new Entry(id, 0));
      }
      for (int step = 0; step < 5_000; step++) {
        // when
        Entry entry = all.get(random.nextInt(all.size()));
        switch (random.nextInt(4)) {
          case 0 -> {
            if (entry.position < 0) {
              entry.key = random.nextInt(50);
              heap.insert(entry);
              model.add(entry);
            }
          }
          case 1 -> assertThat(heap.remove(entry)).isEqualTo(model.remove(entry));
          case 2 -> {
            if (entry.position >= 0) {
              model.remove(entry);
              entry.key = random.nextInt(50);
              model.add(entry);
              heap.update(entry);
            }
          }
          default -> {
            if (!model.isEmpty()) {
              assertThat(heap.removeMin()).isSameAs(model.pollFirst());
            }
          }
        }
        // then
        assertThat(heap.size()).isEqualTo(model.size());
        assertThat(heap.isEmpty()).isEqualTo(model.isEmpty());
        assertThat(heap.peek()).isSameAs(model.isEmpty() ? null : model.first());
        assertThat(heap.contains(entry)).isEqualTo(model.contains(entry));
      }
      for (int i = 0; i < heap.size(); i++) {
        assertThat(heap.at(i).position).isEqualTo(i);
      }
      while (!model.isEmpty()) {
        assertThat(heap.removeMin()).isSameAs(model.pollFirst());
      }
      assertThat(all).allMatch(entry -> entry.position == -1);
    }
  }

  @Test
  void shouldStayOrderedWhenItGrowsLargeAndShrinksAgain() {
    // given
    EntryHeap heap = new EntryHeap();
    SplittableRandom random = new SplittableRandom(7);
    for (int id = 0; id < 50_000; id++) {
      heap.insert(new Entry(id, random.nextLong()));
    }
    // when
    List<Entry> drained = new ArrayList<>();
    while (!heap.isEmpty()) {
      drained.add(heap.removeMin());
    }
    // then
    assertThat(drained).hasSize(50_000).isSortedAccordingTo(BY_KEY);
  }

  @Test
  void shouldCompareOnlyAFewTimesPerCallWhenItHoldsAHundredThousand() {
    // given
    EntryHeap heap = new EntryHeap();
    SplittableRandom random = new SplittableRandom(11);
    List<Entry> all = new ArrayList<>();
    for (int id = 0; id < 100_000; id++) {
      Entry entry = new Entry(id, random.nextLong());
      all.add(entry);
      heap.insert(entry);
    }
    for (int i = 0; i < 1_000; i++) {
      Entry entry = all.get(random.nextInt(all.size()));
      // when
      heap.comparisons = 0;
      heap.remove(entry);
      long removal = heap.comparisons;
      heap.comparisons = 0;
      heap.insert(entry);
      long insertion = heap.comparisons;
      heap.comparisons = 0;
      entry.key = random.nextLong();
      heap.update(entry);
      // then: at most two per level of 17
      assertThat(removal).isLessThanOrEqualTo(36);
      assertThat(insertion).isLessThanOrEqualTo(18);
      assertThat(heap.comparisons).isLessThanOrEqualTo(36);
    }
  }

  @Test
  void shouldRefuseWhenCalledOutOfPlace() {
    // given
    EntryHeap heap = new EntryHeap();
    Entry entry = new Entry(1, 1);
    // when, then
    assertThatThrownBy(heap::removeMin).isInstanceOf(NoSuchElementException.class);
    assertThatThrownBy(() -> heap.update(entry)).isInstanceOf(NoSuchElementException.class);
    assertThat(heap.remove(entry)).isFalse();
    heap.insert(entry);
    assertThatThrownBy(() -> heap.insert(entry)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> heap.at(1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThat(heap.removeMin()).isSameAs(entry);
    assertThat(heap.peek()).isNull();
  }
}
