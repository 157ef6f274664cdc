package io.reefmesh.gateway.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class RestoreLineTest {

  private final List<Integer> taken = new ArrayList<>();

  private void pass(int count) {
    try (RestoreLine<Integer> line = new RestoreLine<>(taken::add)) {
      for (int i = 0; i < count; i++) {
        line.put(i);
      }
      line.finish();
    }
  }

  @Test
  void shouldHandOverAllInOrderHoweverManyThereAre() {
    for (int count : new int[] {0, 1, 511, 512, 513, 1_024, 100_000}) {
      taken.clear();
      pass(count);
      assertThat(taken).isEqualTo(IntStream.range(0, count).boxed().toList());
    }
  }

  @Test
  void shouldThrowWhatTheTakerThrew() {
    for (int count : new int[] {10, 100_000}) {
      assertThatThrownBy(
              () -> {
                try (RestoreLine<Integer> line =
                    new RestoreLine<>(
                        row -> {
                          if (row == 7) {
                            throw new IllegalStateException("seven");
                          }
                        })) {
                  for (int i = 0; i < count; i++) {
                    line.put(i);
                  }
                  line.finish();
                }
              })
          .hasMessage("seven");
    }
  }

  @Test
  void shouldEndItsThreadWhenTheReaderFails() {
    assertThatThrownBy(
            () -> {
              try (RestoreLine<Integer> line = new RestoreLine<>(taken::add)) {
                for (int i = 0; i < 2_000; i++) {
                  line.put(i);
                }
                throw new IllegalStateException("the disk is gone");
              }
            })
        .hasMessage("the disk is gone");
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().equals("reefmesh-restore"));
  }
}
