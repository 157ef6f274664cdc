package io.reefmesh.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class PickerIdsTest {

  /** Two letters of which many pairs have the same hash: "Aa" and "BB" do. */
  private static String colliding(int number) {
    StringBuilder id = new StringBuilder();
    for (int bit = 0; bit < 9; bit++) {
      id.append((number >> bit & 1) == 0 ? "Aa" : "BB");
    }
    return id.toString();
  }

  @Test
  void shouldKnowWhatAMapKnowsWhenIdsComeAndGo() {
    walk(1, 40, false);
    walk(2, 3_000, false);
    walk(3, 400, true);
  }

  private static void walk(long seed, int many, boolean collide) {
    // given
    SplittableRandom random = new SplittableRandom(seed);
    PickerIds ids = new PickerIds();
    Map<String, Integer> numbers = new HashMap<>();
    int most = 0;
    for (int step = 0; step < 30_000; step++) {
      int i = random.nextInt(many);
      String id = collide ? colliding(i) : "n" + i;
      // when, then
      Integer known = numbers.get(id);
      assertThat(ids.find(id)).isEqualTo(known == null ? PickerIds.UNKNOWN : known);
      if (known == null && random.nextInt(3) > 0) {
        int number = ids.add(id);
        assertThat(numbers).doesNotContainValue(number);
        numbers.put(id, number);
        most = Math.max(most, numbers.size());
        assertThat(number).isLessThan(most);
        assertThat(ids.use(number)).isSameAs(id);
        assertThat(ids.find(id)).isEqualTo(number);
      } else if (random.nextBoolean()) {
        assertThat(ids.remove(id)).isEqualTo(known == null ? PickerIds.UNKNOWN : known);
        numbers.remove(id);
      }
    }
    numbers.forEach((id, number) -> assertThat(ids.find(id)).isEqualTo(number));
    numbers.forEach((id, number) -> assertThat(ids.id(number)).isEqualTo(id));
  }

  @Test
  void shouldNotKnowAnIdAnyMoreWhenItWasUsedLastAndIsRemoved() {
    // given
    PickerIds ids = new PickerIds();
    int first = ids.add("first");
    ids.use(first);
    // when
    ids.remove("first");
    // then
    assertThat(ids.find("first")).isEqualTo(PickerIds.UNKNOWN);
    assertThat(ids.add("second")).isEqualTo(first);
    assertThat(ids.find("first")).isEqualTo(PickerIds.UNKNOWN);
    assertThat(ids.find("second")).isEqualTo(first);
  }
}
