package io.reefmesh.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Against a plain map with a queue. */
final class RequestIdsTest {

  private static final long KEEP_MILLIS = 10_000;
  private static final long START = TaskId.EPOCH_MILLIS + 1_000_000;

  private record Key(String project, String requestId) {}

  private record Known(TaskId id, String digest) {}

  private final Map<Key, Known> model = new HashMap<>();
  private final ArrayDeque<Map.Entry<Key, TaskId>> aging = new ArrayDeque<>();
  private final RequestIds ids = of(Integer.MAX_VALUE);
  private long now = START;
  private int made;

  private static RequestIds of(int limit) {
    return new RequestIds(KEEP_MILLIS, limit, new TextHash(3, 4));
  }

  private void remember(Key key) {
    TaskId id = TaskId.of(now, made & 0xffff, made & 63);
    String digest = "digest " + made++ % 7;
    ids.remember(key.project(), key.requestId(), digest, id);
    model.put(key, new Known(id, digest));
    aging.add(Map.entry(key, id));
  }

  private void compare(Key key) {
    while (!aging.isEmpty() && aging.getFirst().getValue().createdAtMillis() + KEEP_MILLIS <= now) {
      Map.Entry<Key, TaskId> oldest = aging.removeFirst();
      Known present = model.get(oldest.getKey());
      if (present != null && present.id().equals(oldest.getValue())) {
        model.remove(oldest.getKey());
      }
    }
    RequestIds.Known found = ids.find(key.project(), key.requestId(), now);
    Known expected = model.get(key);
    assertThat(found == null).isEqualTo(expected == null);
    if (found != null && expected != null) {
      assertThat(found.id()).isEqualTo(expected.id());
      assertThat(found.hasDigest(expected.digest())).isTrue();
      assertThat(found.hasDigest(expected.digest() + "?")).isFalse();
    }
    assertThat(ids.size()).isEqualTo(aging.size());
  }

  @Test
  void shouldKnowWhatAMapKnowsWhenIdsComeAndLapse() {
    SplittableRandom random = new SplittableRandom(11);
    for (int i = 0; i < 200_000; i++) {
      // Sometimes busy, so that there are many; sometimes idle, so that all lapse.
      now += i / 20_000 % 2 == 0 ? random.nextInt(2) : random.nextInt(40);
      Key key = new Key("p" + random.nextInt(3), "r" + random.nextInt(30_000));
      compare(key);
      if (random.nextInt(4) > 0) {
        remember(key);
        compare(key);
      }
    }
    now += KEEP_MILLIS;
    compare(new Key("p0", "r0"));
    assertThat(ids.size()).isZero();
  }

  @Test
  void shouldForgetInTheOrderOfCreation() {
    remember(new Key("p", "first"));
    now += KEEP_MILLIS - 1;
    remember(new Key("p", "second"));
    compare(new Key("p", "first"));

    // when
    now++;

    // then
    assertThat(ids.find("p", "first", now)).isNull();
    assertThat(ids.find("p", "second", now)).isNotNull();
  }

  @Test
  void shouldKeepTheLaterTaskWhenTheEarlierOneLapses() {
    remember(new Key("p", "again"));
    now += KEEP_MILLIS / 2;
    remember(new Key("p", "again"));
    TaskId later = Objects.requireNonNull(model.get(new Key("p", "again"))).id();

    // when
    now += KEEP_MILLIS / 2;

    // then
    assertThat(Objects.requireNonNull(ids.find("p", "again", now)).id()).isEqualTo(later);
    assertThat(ids.size()).isEqualTo(1);
  }

  @Test
  void shouldTellProjectAndRequestIdApartWhereverTheBorderIs() {
    remember(new Key("ab", "c"));
    assertThat(ids.find("a", "bc", now)).isNull();
    assertThat(ids.find("ab", "c", now)).isNotNull();
  }

  @Test
  void shouldBeFullAtItsLimit() {
    RequestIds few = of(2);
    few.remember("p", "1", "d", TaskId.of(now, 1, 0));
    assertThat(few.isFull()).isFalse();
    few.remember("p", "2", "d", TaskId.of(now, 2, 0));
    assertThat(few.isFull()).isTrue();
    assertThat(few.find("p", "3", now + KEEP_MILLIS)).isNull();
    assertThat(few.isFull()).isFalse();
  }
}
