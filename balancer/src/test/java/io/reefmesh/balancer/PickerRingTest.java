package io.reefmesh.balancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Comparator;
import java.util.NavigableSet;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

final class PickerRingTest {

  private record Point(long place, int owner) {
    private static final Comparator<Point> ORDER =
        Comparator.<Point>comparingLong(p -> p.place ^ Long.MIN_VALUE)
            .thenComparingInt(p -> p.owner);
  }

  @Test
  void shouldFindWhatASortedSetFindsWhenPlacesAreSpreadEvenly() {
    walk(random -> Mix64.of(random), 2_000);
  }

  @Test
  void shouldFindWhatASortedSetFindsWhenPlacesAreClose() {
    // at the beginning, in the middle, and at the end, where the table's tail has to grow
    walk(random -> random & 127, 100);
    walk(random -> (random & 127) + Long.MAX_VALUE - 60, 100);
    walk(random -> -1 - (random & 127), 100);
    walk(random -> (random & 7) == 0 ? random : (random & 1) - 1, 30);
  }

  private static void walk(LongUnaryOperator place, int most) {
    // given: the place 0 counts as 1
    SplittableRandom random = new SplittableRandom(8);
    PickerRing ring = new PickerRing((a, b) -> a < b);
    NavigableSet<Point> points = new TreeSet<>(Point.ORDER);
    for (int step = 0; step < 20_000; step++) {
      boolean growing = step / (3 * most) % 2 == 0;
      if (random.nextInt(4) < (growing ? 3 : 1) && points.size() < most) {
        Point entering = new Point(notZero(place, random), random.nextInt(1_000));
        if (points.add(entering)) {
          ring.enter(entering.place, entering.owner);
        }
      } else if (!points.isEmpty()) {
        Point near = new Point(notZero(place, random), 500);
        Point leaving = points.ceiling(near) == null ? points.first() : points.ceiling(near);
        points.remove(leaving);
        ring.leave(leaving.place, leaving.owner);
      }
      assertThat(ring.isEmpty()).isEqualTo(points.isEmpty());
      if (!points.isEmpty()) {
        // when, then
        compare(ring, points, notZero(place, random));
      }
    }
  }

  private static void compare(PickerRing ring, NavigableSet<Point> points, long place) {
    int spot = ring.from(place);
    Point expected = points.ceiling(new Point(place, -1));
    for (int i = 0; i < 3; i++) {
      expected = expected == null ? points.first() : expected;
      assertThat(ring.owner(spot)).isEqualTo(expected.owner);
      assertThat(ring.way(place, spot)).isEqualTo(expected.place - place);
      spot = ring.after(spot);
      expected = points.higher(expected);
    }
  }

  private static long notZero(LongUnaryOperator place, SplittableRandom random) {
    long found = place.applyAsLong(random.nextLong());
    return found == 0 ? 1 : found;
  }

  @Test
  void shouldFindPointsWhenSearchingFromTheFirstPlace() {
    // given
    PickerRing ring = new PickerRing((a, b) -> a < b);
    ring.enter(-1, 3);
    // when, then
    assertThat(ring.owner(ring.from(0))).isEqualTo(3);
    ring.enter(0, 4);
    assertThat(ring.owner(ring.from(0))).isEqualTo(4);
    ring.leave(0, 4);
    assertThat(ring.owner(ring.from(0))).isEqualTo(3);
  }

  @Test
  void shouldRefuseWhenAPointThatIsNotThereLeaves() {
    // given
    PickerRing ring = new PickerRing((a, b) -> a < b);
    ring.enter(-1, 3);
    // when, then
    assertThatThrownBy(() -> ring.leave(-1, 4)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> ring.leave(7, 3)).isInstanceOf(IllegalStateException.class);
  }
}
