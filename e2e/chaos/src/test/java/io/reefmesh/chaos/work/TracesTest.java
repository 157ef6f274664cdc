package io.reefmesh.chaos.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.reefmesh.chaos.work.Effect.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes to a handler and what it leaves behind. */
final class TracesTest {

  @TempDir Path folder;

  @Test
  void shouldReadWhatWasWrittenByEveryProcessLife() throws IOException {
    try (EffectFile first = new EffectFile(folder, "n1", 1);
        EffectFile second = new EffectFile(folder, "n1", 2)) {
      first.append(Kind.BEGUN, "t1", 1);
      second.append(Kind.BEGUN, "t1", 2);
      second.append(Kind.DONE, "t1", 2);
    }

    List<Effect> effects = EffectFile.readAll(folder);

    assertThat(effects)
        .extracting(Effect::format)
        .satisfiesExactly(
            line -> assertThat(line).startsWith("BEGUN t1 1 n1 1 "),
            line -> assertThat(line).startsWith("BEGUN t1 2 n1 2 "),
            line -> assertThat(line).startsWith("DONE t1 2 n1 2 "));
  }

  @Test
  void shouldGoOnBehindWhatIsThereWhenAFileIsOpenedAgain() throws IOException {
    for (int i = 1; i <= 2; i++) {
      try (EffectFile file = new EffectFile(folder, "n1", 1)) {
        file.append(Kind.BEGUN, "t" + i, 1);
      }
    }

    assertThat(EffectFile.readAll(folder)).extracting(Effect::taskId).containsExactly("t1", "t2");
  }

  @Test
  void shouldLeaveOutALineThatIsCutShort() throws IOException {
    try (EffectFile file = new EffectFile(folder, "n1", 1)) {
      file.append(Kind.BEGUN, "t1", 1);
    }
    Files.writeString(
        folder.resolve("n1-1.effects"), "BEGUN t2 1 n1 1 12", StandardOpenOption.APPEND);

    assertThat(EffectFile.readAll(folder)).extracting(Effect::taskId).containsExactly("t1");
  }

  @Test
  void shouldReadAnOrderWhateverIsPaddedToIt() {
    WorkOrder order = new WorkOrder(250, 3, 1);

    assertThat(WorkOrder.decode(order.encode(0))).isEqualTo(order);
    assertThat(WorkOrder.decode(order.encode(1_000))).isEqualTo(order);
  }

  @Test
  void shouldRefuseAPayloadThatIsNoOrder() {
    assertThatThrownBy(() -> WorkOrder.decode(ByteString.copyFromUtf8("hello")))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
