package io.reefmesh.balancer;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * Whose turn it is: start-time fair queueing (Goyal, Vin and Cheng, 1996), which is stride
 * scheduling with a virtual time. A turn of a project begins at its pass, or now if that is later;
 * now moves to where the turn begins, and the pass to where it ends, one stride later. The smallest
 * pass goes first.
 *
 * <p>So a pass is never more than one stride ahead of now, and a project that is behind, for
 * whatever reason, goes first once and is then where everyone is: nobody saves up turns while it
 * has no tasks, or no nodes. Between two turns of a project of weight w, another of weight v has at
 * most v / w + 1.
 *
 * <p>A project without ready tasks keeps its pass while that is ahead of now: whoever submits one
 * task at a time would else begin anew each time. It is dropped when now has reached it, when
 * nobody has ready tasks, and beyond {@value #MAX_DEBTORS} of them the one that is least ahead. A
 * turn costs O(log d) for d such projects, anything else O(1).
 */
final class ProjectShares {

  /** A turn of weight 1: divisible by 1 to 16, and less than 0.2 % off for weights up to 1000. */
  private static final long TURN = 720_720;

  private static final int MAX_DEBTORS = 10_000;

  private final QueueRules rules;
  private final Map<String, ProjectShare> shares = new HashMap<>();

  /** Passes grow without end, so their difference is what counts. */
  private final IndexedHeap<ProjectShare> debtors =
      new IndexedHeap<>() {
        @Override
        int position(ProjectShare share) {
          return share.debtPosition;
        }

        @Override
        void setPosition(ProjectShare share, int position) {
          share.debtPosition = position;
        }

        @Override
        boolean before(ProjectShare a, ProjectShare b) {
          return a.pass != b.pass ? a.pass - b.pass < 0 : a.project.compareTo(b.project) < 0;
        }
      };

  /** Virtual time: where the last turn began. */
  private long now;

  /** Projects that have ready tasks. */
  private int active;

  ProjectShares(QueueRules rules) {
    this.rules = rules;
  }

  /** A lane of the project is made. */
  ProjectShare join(String project) {
    ProjectShare share =
        shares.computeIfAbsent(
            project, name -> new ProjectShare(name, TURN / rules.weightOf(name), now));
    share.lanes++;
    return share;
  }

  /** A lane of the project is dropped. */
  void leave(ProjectShare share) {
    share.lanes--;
    dropIfNothingIsLeft(share);
  }

  void readied(ProjectShare share) {
    if (share.ready++ == 0) {
      active++;
      debtors.remove(share);
      if (share.pass - now < 0) {
        share.pass = now;
      }
    }
  }

  void unreadied(ProjectShare share) {
    if (--share.ready == 0) {
      active--;
      debtors.insert(share);
      forgive();
    }
  }

  /** The project has had a turn. */
  void charge(ProjectShare share) {
    if (share.pass - now > 0) {
      now = share.pass;
    }
    share.pass = now + share.stride;
    forgive();
  }

  /** How many turns of a project come before a turn of another that is {@code turns} away. */
  long turnsBefore(ProjectShare other, ProjectShare own, int turns) {
    long begins = fromNow(own) + turns * own.stride - fromNow(other);
    return begins < 0 ? 0 : begins / other.stride + 1;
  }

  Collection<ProjectShare> all() {
    return shares.values();
  }

  boolean isAhead(ProjectShare share) {
    return share.pass - now > 0;
  }

  boolean isWithinOneTurn(ProjectShare share) {
    return share.pass - now <= share.stride;
  }

  private long fromNow(ProjectShare share) {
    return Math.max(0, share.pass - now);
  }

  private void forgive() {
    ProjectShare first;
    while ((first = debtors.peek()) != null
        && (active == 0 || first.pass - now <= 0 || debtors.size() > MAX_DEBTORS)) {
      debtors.remove(first);
      if (first.pass - now > 0) {
        first.pass = now;
      }
      dropIfNothingIsLeft(first);
    }
  }

  private void dropIfNothingIsLeft(ProjectShare share) {
    if (share.lanes == 0 && share.ready == 0 && share.debtPosition < 0) {
      shares.remove(share.project);
    }
  }
}
