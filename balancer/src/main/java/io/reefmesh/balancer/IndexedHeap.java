package io.reefmesh.balancer;

import java.util.Arrays;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * A binary heap whose elements know where they stand in it, so that any of them can be taken out or
 * moved in logarithmic time. An element keeps its position in a field of its own: it is in at most
 * one heap per such field.
 *
 * <p>The order of equal elements is not defined, but the same calls give the same order. Not
 * thread-safe.
 *
 * @param <E> what it holds; compared by identity only
 */
abstract class IndexedHeap<E> {

  private static final int ABSENT = -1;
  private static final int SMALLEST_CAPACITY = 16;
  private static final int SHRINK_BELOW_QUARTER = 4;

  private final int smallestCapacity;

  /** Null from {@link #size} on. */
  private @Nullable Object[] slots;

  private int size;

  IndexedHeap() {
    this(SMALLEST_CAPACITY);
  }

  /** With room for few elements at first, at least 2: for heaps that are many. */
  IndexedHeap(int smallestCapacity) {
    this.smallestCapacity = smallestCapacity;
    this.slots = new @Nullable Object[smallestCapacity];
  }

  /** What {@link #setPosition} was last told, -1 before that. */
  abstract int position(E element);

  /** Keeps the position in the element; -1 means that it is not in the heap. */
  abstract void setPosition(E element, int position);

  /** Whether a leaves before b; a strict order. */
  abstract boolean before(E a, E b);

  final int size() {
    return size;
  }

  final boolean isEmpty() {
    return size == 0;
  }

  final boolean contains(E element) {
    return position(element) != ABSENT;
  }

  /** The first element; null when the heap is empty. */
  final @Nullable E peek() {
    return size == 0 ? null : at(0);
  }

  /**
   * Adds an element.
   *
   * @throws IllegalStateException if it is in a heap already
   */
  final void insert(E element) {
    if (position(element) != ABSENT) {
      throw new IllegalStateException("the element is in a heap already");
    }
    if (size == slots.length) {
      slots = Arrays.copyOf(slots, size + (size >> 1));
    }
    size++;
    siftUp(element, size - 1);
  }

  /**
   * Takes the first element out.
   *
   * @throws NoSuchElementException if the heap is empty
   */
  final E removeMin() {
    if (size == 0) {
      throw new NoSuchElementException("the heap is empty");
    }
    E first = at(0);
    removeAt(first, 0);
    return first;
  }

  /** Takes an element out; false when it is not in the heap. */
  final boolean remove(E element) {
    int position = position(element);
    if (position == ABSENT) {
      return false;
    }
    removeAt(element, position);
    return true;
  }

  /**
   * Moves an element whose order has changed to where it belongs now.
   *
   * @throws NoSuchElementException if it is not in the heap
   */
  final void update(E element) {
    int position = position(element);
    if (position == ABSENT) {
      throw new NoSuchElementException("the element is not in the heap");
    }
    settle(element, position);
  }

  /**
   * The element at a place, 0 to {@link #size} - 1, where 0 is the first; the rest are unsorted.
   */
  @SuppressWarnings("unchecked") // only elements are put in below size
  final E at(int index) {
    Object element = slots[index];
    if (element == null) {
      throw new IndexOutOfBoundsException(index);
    }
    return (E) element;
  }

  private void removeAt(E element, int position) {
    size--;
    E last = at(size);
    slots[size] = null;
    setPosition(element, ABSENT);
    if (position < size) {
      settle(last, position);
    }
    shrink();
  }

  private void settle(E element, int position) {
    if (position > 0 && before(element, at((position - 1) >>> 1))) {
      siftUp(element, position);
    } else {
      siftDown(element, position);
    }
  }

  private void siftUp(E element, int from) {
    int hole = from;
    while (hole > 0) {
      int parentAt = (hole - 1) >>> 1;
      E parent = at(parentAt);
      if (!before(element, parent)) {
        break;
      }
      place(parent, hole);
      hole = parentAt;
    }
    place(element, hole);
  }

  private void siftDown(E element, int from) {
    int hole = from;
    int firstLeaf = size >>> 1;
    while (hole < firstLeaf) {
      int childAt = 2 * hole + 1;
      E child = at(childAt);
      if (childAt + 1 < size && before(at(childAt + 1), child)) {
        childAt++;
        child = at(childAt);
      }
      if (!before(child, element)) {
        break;
      }
      place(child, hole);
      hole = childAt;
    }
    place(element, hole);
  }

  private void place(E element, int at) {
    slots[at] = element;
    setPosition(element, at);
  }

  private void shrink() {
    if (slots.length > smallestCapacity && size < slots.length / SHRINK_BELOW_QUARTER) {
      slots = Arrays.copyOf(slots, Math.max(smallestCapacity, slots.length / 2));
    }
  }
}
