package io.reefmesh.balancer;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of one requirement that may run now, in a lane for each project, and the nodes that can
 * serve them.
 */
final class ReadyGroup {

  final Requirement requirement;
  final NodePicker picker;

  /** Nodes that can serve it and are not OFFLINE. */
  final Set<NodeEntry> capable = new LinkedHashSet<>();

  /** Ready tasks that every node with room has refused lately. */
  final Set<TaskEntry> parked = new LinkedHashSet<>();

  /** Its place among the groups that can dispatch; -1: it cannot. */
  int position = -1;

  /** Its tasks, those that stand aside included. */
  int tasks;

  /** What no node offers, and of which version of the fleet that was said. */
  @Nullable String lack;

  long lackVersion;

  private final ProjectShares shares;
  private final Caps caps;
  private final QueueEffort effort;
  private final Map<String, ProjectLane> lanes = new HashMap<>();
  private final LaneHeap offered = new LaneHeap();

  /** The lane that was emptied last stays: a busy mesh empties and fills the same one. */
  private @Nullable ProjectLane idle;

  ReadyGroup(
      Requirement requirement,
      NodePicker picker,
      ProjectShares shares,
      Caps caps,
      QueueEffort effort) {
    this.requirement = requirement;
    this.picker = picker;
    this.shares = shares;
    this.caps = caps;
    this.effort = effort;
  }

  /** Puts a task into its lane. */
  void insert(TaskEntry task) {
    ProjectLane lane = laneOf(task.terms.project());
    task.lane = lane;
    shares.readied(lane.share);
    lane.add(task);
    settle(lane);
  }

  /** Takes a task out of its lane. */
  void extract(TaskEntry task) {
    ProjectLane lane = task.lane;
    if (lane == null) {
      return;
    }
    lane.remove(task);
    task.lane = null;
    shares.unreadied(lane.share);
    settle(lane);
  }

  /** The lane whose turn it is; null: none offers a task. */
  @Nullable ProjectLane first() {
    return offered.peek();
  }

  /** Its project's cap leaves the lane no permit. */
  void setAside(ProjectLane lane, Cap full) {
    lane.aside = true;
    full.setAside(lane);
    settle(lane);
  }

  /** The project's cap, which no longer has it aside, may leave the lane a permit again. */
  void bringBack(ProjectLane lane) {
    lane.aside = false;
    settle(lane);
  }

  /** Puts a lane where it belongs after its head or its pass changed. */
  void settle(ProjectLane lane) {
    if (lane.head == null || lane.aside) {
      offered.remove(lane);
    } else if (offered.contains(lane)) {
      offered.update(lane);
    } else {
      lane.pass = lane.share.pass;
      offered.insert(lane);
    }
    if (lane.size == 0) {
      retire(lane);
    }
  }

  boolean canDispatch() {
    return !offered.isEmpty() && picker.hasRoom();
  }

  Iterable<ProjectLane> lanes() {
    return lanes.values();
  }

  /** Drops what it holds elsewhere: it has no task and is dropped itself. */
  void close() {
    if (idle != null) {
      drop(idle);
    }
  }

  private ProjectLane laneOf(String project) {
    ProjectLane lane = lanes.get(project);
    if (lane == null) {
      lane = new ProjectLane(this, shares.join(project), caps.joinProject(project), caps, effort);
      lanes.put(project, lane);
    } else if (lane == idle) {
      idle = null;
    }
    return lane;
  }

  private void retire(ProjectLane lane) {
    if (lane.aside && lane.cap != null) {
      lane.cap.noLongerAside(lane);
      lane.aside = false;
    }
    if (idle != null && idle != lane) {
      drop(idle);
    }
    idle = lane;
  }

  private void drop(ProjectLane lane) {
    lanes.remove(lane.share.project);
    shares.leave(lane.share);
    if (lane.cap != null) {
      caps.leave(lane.cap);
    }
    idle = null;
  }

  private final class LaneHeap extends IndexedHeap<ProjectLane> {
    @Override
    int position(ProjectLane lane) {
      return lane.position;
    }

    @Override
    void setPosition(ProjectLane lane, int position) {
      lane.position = position;
    }

    @Override
    boolean before(ProjectLane a, ProjectLane b) {
      effort.comparisons++;
      return ProjectLane.goesBefore(a, b);
    }
  }
}
