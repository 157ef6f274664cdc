package io.reefmesh.balancer;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The ready tasks of one requirement and project, first to go first. Those of a concurrency key
 * stand in a lane of their own, so that they can all stand aside at once.
 */
final class ProjectLane implements CappedLane {

  final ReadyGroup group;
  final ProjectShare share;

  /** Null: none holds for the project. */
  final @Nullable Cap cap;

  /** The first of those that do not stand aside; null: there is none. */
  @Nullable TaskEntry head;

  /** The share's pass when this lane was put where it is; the share's own may be later by now. */
  long pass;

  /** Its place in its group; -1: it stands aside, or has nothing to offer. */
  int position = -1;

  /** It stands aside because of the project's cap. */
  boolean aside;

  /** Its tasks, those of key lanes that stand aside included. */
  int size;

  private final Caps caps;
  private final QueueEffort effort;
  private final TaskHeap free;
  private final Map<String, KeyLane> keyLanes = new HashMap<>(2);
  private @Nullable IndexedHeap<KeyLane> keyed;

  ProjectLane(
      ReadyGroup group, ProjectShare share, @Nullable Cap cap, Caps caps, QueueEffort effort) {
    this.group = group;
    this.share = share;
    this.cap = cap;
    this.caps = caps;
    this.effort = effort;
    this.pass = share.pass;
    this.free = new TaskHeap(effort);
  }

  /** Bucket, turn, age: the order of the queue. Both have a head. */
  static boolean goesBefore(ProjectLane a, ProjectLane b) {
    TaskEntry first = a.first();
    TaskEntry second = b.first();
    if (first.bucket != second.bucket) {
      return first.bucket < second.bucket;
    }
    return a.pass != b.pass ? a.pass - b.pass < 0 : TaskHeap.goesBefore(first, second);
  }

  TaskEntry first() {
    TaskEntry first = head;
    if (first == null) {
      throw new IllegalStateException("a lane without tasks is offered: " + share.project);
    }
    return first;
  }

  void add(TaskEntry task) {
    String key = task.terms.concurrencyKey();
    if (key == null) {
      free.insert(task);
    } else {
      KeyLane keyLane = keyLane(key);
      keyLane.tasks.insert(task);
      task.keyLane = keyLane;
      settle(keyLane);
    }
    size++;
    findHead();
  }

  void remove(TaskEntry task) {
    KeyLane keyLane = task.keyLane;
    if (keyLane == null) {
      free.remove(task);
    } else {
      keyLane.tasks.remove(task);
      task.keyLane = null;
      settle(keyLane);
    }
    size--;
    findHead();
  }

  /** Its cap leaves the key no permit. */
  void setAside(KeyLane keyLane) {
    offered().remove(keyLane);
    keyLane.aside = true;
    keyLane.cap.setAside(keyLane);
    findHead();
  }

  /** Its cap, which no longer has it aside, may leave the key a permit again. */
  void bringBack(KeyLane keyLane) {
    keyLane.aside = false;
    offered().insert(keyLane);
    findHead();
  }

  /** How many tasks that do not stand aside go before a key and id; counts up to a limit. */
  int countBefore(long key, long id, int limit) {
    int counted = free.countBefore(key, id, limit);
    if (keyed != null) {
      for (int i = 0; i < keyed.size() && counted < limit; i++) {
        counted += keyed.at(i).tasks.countBefore(key, id, limit - counted);
      }
    }
    return counted;
  }

  private KeyLane keyLane(String key) {
    KeyLane known = keyLanes.get(key);
    if (known == null) {
      known = new KeyLane(this, key, caps.joinKey(share.project, key), effort);
      keyLanes.put(key, known);
    }
    return known;
  }

  /** Puts a key lane where it belongs after its head changed. */
  private void settle(KeyLane keyLane) {
    IndexedHeap<KeyLane> offered = offered();
    if (!keyLane.tasks.isEmpty()) {
      if (offered.contains(keyLane)) {
        offered.update(keyLane);
      } else if (!keyLane.aside) {
        offered.insert(keyLane);
      }
      return;
    }
    offered.remove(keyLane);
    keyLane.cap.noLongerAside(keyLane);
    keyLanes.remove(keyLane.key);
    caps.leave(keyLane.cap);
  }

  private void findHead() {
    TaskEntry first = free.peek();
    KeyLane keyLane = keyed == null ? null : keyed.peek();
    TaskEntry other = keyLane == null ? null : keyLane.head();
    head = first == null || (other != null && TaskHeap.goesBefore(other, first)) ? other : first;
  }

  private IndexedHeap<KeyLane> offered() {
    IndexedHeap<KeyLane> heap = keyed;
    if (heap == null) {
      heap = new KeyHeap();
      keyed = heap;
    }
    return heap;
  }

  private final class KeyHeap extends IndexedHeap<KeyLane> {
    @Override
    int position(KeyLane keyLane) {
      return keyLane.position;
    }

    @Override
    void setPosition(KeyLane keyLane, int position) {
      keyLane.position = position;
    }

    @Override
    boolean before(KeyLane a, KeyLane b) {
      effort.comparisons++;
      TaskEntry first = a.head();
      TaskEntry second = b.head();
      return first != null && (second == null || TaskHeap.goesBefore(first, second));
    }
  }
}
