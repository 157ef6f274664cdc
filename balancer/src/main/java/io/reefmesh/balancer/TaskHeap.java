package io.reefmesh.balancer;

/**
 * Tasks by key, then id: the order of tasks that differ in nothing but age and priority. A task is
 * in at most one of these.
 */
final class TaskHeap extends IndexedHeap<TaskEntry> {

  private static final int FEW = 4;

  /** Comparisons made: how the tests see that nothing is scanned. */
  private final QueueEffort effort;

  TaskHeap(QueueEffort effort) {
    super(FEW);
    this.effort = effort;
  }

  static boolean goesBefore(TaskEntry a, TaskEntry b) {
    return a.readyKey != b.readyKey ? a.readyKey < b.readyKey : a.id.value() < b.id.value();
  }

  /**
   * Counts the tasks below a key, at most {@code limit} of them. Looks at no more tasks than twice
   * what it counts, and one.
   */
  int countBefore(long key, long id, int limit) {
    return countBefore(0, key, id, limit);
  }

  private int countBefore(int index, long key, long id, int limit) {
    if (limit <= 0 || index >= size()) {
      return 0;
    }
    TaskEntry task = at(index);
    if (task.readyKey > key || (task.readyKey == key && task.id.value() >= id)) {
      return 0;
    }
    int counted = 1 + countBefore(2 * index + 1, key, id, limit - 1);
    return counted + countBefore(2 * index + 2, key, id, limit - counted);
  }

  @Override
  int position(TaskEntry task) {
    return task.readyPosition;
  }

  @Override
  void setPosition(TaskEntry task, int position) {
    task.readyPosition = position;
  }

  @Override
  boolean before(TaskEntry a, TaskEntry b) {
    effort.comparisons++;
    return goesBefore(a, b);
  }
}
