package io.reefmesh.node.work;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;

final class SlotPoolTest {

  @Test
  void shouldGiveAsManyPermitsAsThereAreSlots() {
    SlotPool pool = new SlotPool(2);

    assertThat(pool.tryAcquire()).isNotNull();
    assertThat(pool.tryAcquire()).isNotNull();
    assertThat(pool.tryAcquire()).isNull();
    assertThat(pool.taken()).isEqualTo(2);
  }

  @Test
  void shouldFreeASlotOnceWhenItsPermitIsClosedTwice() {
    SlotPool pool = new SlotPool(2);
    pool.tryAcquire();
    SlotPermit permit = Objects.requireNonNull(pool.tryAcquire());

    permit.close();
    permit.close();

    assertThat(permit.isOpen()).isFalse();
    assertThat(pool.taken()).isEqualTo(1);
  }
}
