package io.reefmesh.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class PickerTournamentTest {

  @Test
  void shouldKnowTheFirstOfAllWhenKeysChangeAtRandom() {
    for (int most : new int[] {1, 3, 4, 5, 16, 17, 64, 65, 300}) {
      for (int seed = 1; seed <= 4; seed++) {
        walk(new SplittableRandom(seed), most);
      }
    }
  }

  private static void walk(SplittableRandom random, int most) {
    // given
    PickerTournament tournament = new PickerTournament();
    long[][] keys = new long[most][];
    long seconds = 0;
    for (int step = 0; step < 5_000; step++) {
      // one that is known takes part more often than a new one enters
      int number = random.nextInt(Math.min(most, 1 + step / 5));
      if (keys[number] == null) {
        tournament.reserve(number);
        keys[number] = new long[] {PickerTournament.ABSENT, Long.MAX_VALUE};
      }
      int top = first(keys);
      switch (random.nextInt(8)) {
        case 0 -> keys[number] = new long[] {PickerTournament.ABSENT, ++seconds};
        case 1, 2 -> {
          if (top >= 0 && tournament.top() == top) {
            keys[top][1] = ++seconds;
            tournament.passTop(seconds);
            // often the same one changes again before the next look
            number = random.nextInt(3) > 0 ? top : number;
          }
        }
        case 3 -> keys[number] = new long[] {Long.MAX_VALUE - 1, ++seconds};
        case 4 -> keys[number][1] = ++seconds;
        default -> keys[number] = new long[] {random.nextInt(5), ++seconds};
      }
      // when
      tournament.set(number, keys[number][0], keys[number][1]);
      // then
      assertThat(tournament.first(number)).isEqualTo(keys[number][0]);
      assertThat(tournament.second(number)).isEqualTo(keys[number][1]);
      if (random.nextInt(3) > 0) {
        int first = first(keys);
        assertThat(tournament.top()).isEqualTo(first);
        if (first >= 0) {
          assertThat(tournament.topFirst()).isEqualTo(keys[first][0]);
          assertThat(tournament.topSecond()).isEqualTo(keys[first][1]);
        }
      }
    }
  }

  private static int first(long[][] keys) {
    int first = PickerTournament.NONE;
    for (int i = 0; i < keys.length; i++) {
      if (keys[i] != null
          && keys[i][0] != PickerTournament.ABSENT
          && (first < 0
              || keys[i][0] < keys[first][0]
              || (keys[i][0] == keys[first][0] && keys[i][1] < keys[first][1]))) {
        first = i;
      }
    }
    return first;
  }

  @Test
  void shouldKeepTheOrderWhenAllAreLowered() {
    // given
    PickerTournament tournament = new PickerTournament();
    tournament.reserve(9);
    for (int i = 0; i < 8; i++) {
      tournament.set(i, 1_000 - i, i);
    }
    // when
    tournament.set(7, 2_000, 8);
    tournament.lowerFirst(900);
    // then
    assertThat(tournament.top()).isEqualTo(6);
    assertThat(tournament.topFirst()).isEqualTo(94);
    assertThat(tournament.first(7)).isEqualTo(1_100);
    assertThat(tournament.first(9)).isEqualTo(PickerTournament.ABSENT);
  }
}
