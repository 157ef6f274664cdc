package io.reefmesh.node.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** How long a node waits before it dials again. */
final class RedialScheduleTest {

  private static final int MANY = 30;

  private final RedialSchedule redial = new RedialSchedule(new Random(1));

  private long longestOf(int dials, boolean holdsWork, boolean welcomedBetween) {
    long longest = 0;
    for (int i = 0; i < dials; i++) {
      longest = Math.max(longest, redial.nextWaitMillis(Status.Code.UNAVAILABLE, holdsWork));
      if (welcomedBetween) {
        redial.linkLived(RedialSchedule.STABLE_MILLIS - 1);
      }
    }
    return longest;
  }

  @Test
  void shouldStayUrgentWhenShortLinksBreakThatHeldWork() {
    assertThat(longestOf(MANY, true, true)).isLessThanOrEqualTo(RedialSchedule.URGENT_MILLIS);
  }

  @Test
  void shouldWaitLongerWhenNobodyAnswersForLong() {
    assertThat(longestOf(MANY, true, false)).isGreaterThan(RedialSchedule.URGENT_MILLIS);
  }

  @Test
  void shouldWaitLongerWhenShortLinksBreakThatHeldNothing() {
    assertThat(longestOf(MANY, false, true)).isGreaterThan(RedialSchedule.URGENT_MILLIS);
  }

  @Test
  void shouldBeginAnewAfterLongLink() {
    // given
    longestOf(MANY, false, false);

    // when
    redial.linkLived(RedialSchedule.STABLE_MILLIS);

    // then
    assertThat(redial.nextWaitMillis(Status.Code.UNAVAILABLE, false)).isLessThanOrEqualTo(200);
  }
}
