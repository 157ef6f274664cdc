package io.reefmesh.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class RecentOutcomesTest {

  private final RecentOutcomes recent = new RecentOutcomes();

  private static TaskId id(int n) {
    return TaskId.of(1_800_000_000_000L + n, 0, n % TaskId.PARTITIONS);
  }

  @Test
  void shouldTellTheAttemptOfTheOutcomeFromOthers() {
    recent.remember(id(1), 2);
    assertThat(recent.statusOf(id(1), 2)).isEqualTo(Effect.Ack.Status.RECORDED);
    assertThat(recent.statusOf(id(1), 1)).isEqualTo(Effect.Ack.Status.STALE);
    assertThat(recent.statusOf(id(2), 1)).isEqualTo(Effect.Ack.Status.UNKNOWN);
  }

  @Test
  void shouldKnowNearlyAllOfTheLatestThousandsWhateverCameBefore() {
    // given
    for (int n = 0; n < 200_000; n++) {
      recent.remember(id(n), 1);
    }
    // when
    int known = 0;
    for (int n = 190_000; n < 200_000; n++) {
      known += recent.statusOf(id(n), 1) == Effect.Ack.Status.RECORDED ? 1 : 0;
    }
    // then: a set of four places takes five of 10,000 in 16,384 sets now and then
    assertThat(known).isBetween(9_950, 10_000);
    assertThat(recent.statusOf(id(0), 1)).isEqualTo(Effect.Ack.Status.UNKNOWN);
  }
}
