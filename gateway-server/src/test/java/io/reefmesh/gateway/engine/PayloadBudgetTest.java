package io.reefmesh.gateway.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.reefmesh.gateway.store.TaskBody;
import io.reefmesh.v1.TaskSpec;
import org.junit.jupiter.api.Test;

final class PayloadBudgetTest {

  private static final int COST = 100 + PayloadBudget.OVERHEAD_BYTES;

  private final PayloadBudget budget = new PayloadBudget(2 * COST);

  private static TaskBody body(int bytes) {
    return new TaskBody(
        TaskSpec.getDefaultInstance(), "", ByteString.copyFrom(new byte[bytes]), null);
  }

  @Test
  void shouldLetGoOfWhatComesWhenThereIsNoRoom() {
    TaskBody[] bodies = {body(100), body(100), body(100)};
    for (TaskBody body : bodies) {
      budget.durable(body);
    }
    assertThat(bodies[0].payload()).isNotNull();
    assertThat(bodies[1].payload()).isNotNull();
    assertThat(bodies[2].payload()).isNull();
    assertThat(bodies[2].payloadBytes()).isEqualTo(100);
    assertThat(budget.keptBytes()).isEqualTo(2 * COST);
  }

  @Test
  void shouldHaveRoomAgainWhenATaskEnds() {
    TaskBody first = body(100);
    TaskBody second = body(200);
    budget.durable(first);
    budget.durable(second);
    assertThat(second.payload()).isNull();

    // when
    budget.ended(second);
    assertThat(budget.keptBytes()).isEqualTo(COST);
    budget.ended(first);

    // then
    assertThat(budget.keptBytes()).isZero();
    TaskBody third = body(200);
    budget.durable(third);
    assertThat(third.payload()).isNotNull();
  }

  @Test
  void shouldKeepEmptyPayloadsForNothing() {
    PayloadBudget none = new PayloadBudget(0);
    TaskBody empty = body(0);
    none.durable(empty);
    assertThat(empty.payload()).isEqualTo(ByteString.EMPTY);
    assertThat(none.admits(0)).isTrue();
    none.ended(empty);
    assertThat(none.keptBytes()).isZero();
  }
}
