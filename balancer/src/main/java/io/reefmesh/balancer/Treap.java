package io.reefmesh.balancer;

import org.jspecify.annotations.Nullable;

/**
 * A search tree whose links are in its elements, kept in balance by a number that each element is
 * given when it enters (Seidel and Aragon, 1996). The numbers come from a mixed counter: no element
 * can choose its depth, and the same calls build the same tree.
 *
 * <p>Entering and leaving take an expected 2 ln n steps. Not thread-safe.
 *
 * @param <E> what it holds; in at most one tree
 */
abstract class Treap<E extends Treap.Link<E>> {

  /** What an element carries for the tree. */
  abstract static class Link<E extends Link<E>> {
    @Nullable E left;
    @Nullable E right;
    private long priority;
  }

  @Nullable E root;

  /** Elements looked at since the tree was made: how the tests see that nothing is scanned. */
  long visited;

  private long entered;

  /** A strict order: no two elements are equal. It must not change while they are in the tree. */
  abstract boolean before(E a, E b);

  /** Called from below upwards for each element under which something changed. */
  void refresh(E element) {}

  final boolean isEmpty() {
    return root == null;
  }

  /** Adds an element that is not in the tree. */
  final void insert(E element) {
    Link<E> link = element;
    link.priority = Mix64.of(++entered);
    refresh(element);
    root = insert(root, element);
  }

  /**
   * Takes an element out.
   *
   * @throws IllegalStateException if it is not in the tree
   */
  final void remove(E element) {
    root = remove(root, element);
    element.left = null;
    element.right = null;
    refresh(element);
  }

  private E insert(@Nullable E at, E element) {
    if (at == null) {
      return element;
    }
    visited++;
    E top = at;
    if (before(element, at)) {
      E child = insert(at.left, element);
      at.left = child;
      if (above(child, at)) {
        at.left = child.right;
        refresh(at);
        child.right = at;
        top = child;
      }
    } else {
      E child = insert(at.right, element);
      at.right = child;
      if (above(child, at)) {
        at.right = child.left;
        refresh(at);
        child.left = at;
        top = child;
      }
    }
    refresh(top);
    return top;
  }

  private @Nullable E remove(@Nullable E at, E element) {
    if (at == null) {
      throw new IllegalStateException("the element is not in the tree");
    }
    visited++;
    if (at == element) {
      return join(at.left, at.right);
    }
    if (before(element, at)) {
      at.left = remove(at.left, element);
    } else {
      at.right = remove(at.right, element);
    }
    refresh(at);
    return at;
  }

  /** One tree of two, of which all of the first is before all of the second. */
  private @Nullable E join(@Nullable E low, @Nullable E high) {
    if (low == null) {
      return high;
    }
    if (high == null) {
      return low;
    }
    visited++;
    if (above(low, high)) {
      low.right = join(low.right, high);
      refresh(low);
      return low;
    }
    high.left = join(low, high.left);
    refresh(high);
    return high;
  }

  private boolean above(E a, E b) {
    Link<E> first = a;
    Link<E> second = b;
    return first.priority < second.priority;
  }
}
