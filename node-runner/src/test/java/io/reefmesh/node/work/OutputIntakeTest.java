package io.reefmesh.node.work;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.reefmesh.node.TaskContext.OutputStreamKind;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OutputIntakeTest {

  private final AtomicInteger signals = new AtomicInteger();
  private final OutputIntake intake = new OutputIntake(signals::incrementAndGet);

  private static String texts(OutputIntake.Fetched fetched) {
    StringBuilder all = new StringBuilder();
    fetched.pieces().forEach(piece -> all.append(piece.bytes().toStringUtf8()).append('|'));
    return all.toString();
  }

  @Test
  void shouldSignalOnceUntilFetched() {
    intake.write(OutputStreamKind.TEXT, ByteString.copyFromUtf8("a"));
    intake.write(OutputStreamKind.TEXT, ByteString.copyFromUtf8("b"));
    assertThat(signals).hasValue(1);
    assertThat(texts(intake.fetch())).isEqualTo("ab|");

    intake.write(OutputStreamKind.TEXT, ByteString.copyFromUtf8("c"));
    assertThat(signals).hasValue(2);
  }

  @Test
  void shouldPutCharactersTogetherThatWereCutWhileTheOtherStreamWrites() {
    byte[] euro = "€".getBytes(StandardCharsets.UTF_8);
    intake.write(OutputStreamKind.STDOUT, ByteString.copyFrom(euro, 0, 2));
    intake.write(OutputStreamKind.STDERR, ByteString.copyFromUtf8("oops"));
    intake.write(OutputStreamKind.STDOUT, ByteString.copyFrom(euro, 2, 1));

    List<OutputPiece> pieces = intake.fetch().pieces();

    assertThat(pieces).allMatch(piece -> piece.bytes().isValidUtf8());
    assertThat(pieces.get(pieces.size() - 1).bytes().toStringUtf8()).isEqualTo("€");
  }

  @Test
  void shouldGiveTheRestOfACharacterWhenNoMoreComes() {
    intake.write(OutputStreamKind.STDOUT, ByteString.copyFrom(new byte[] {'a', (byte) 0xE2}));

    assertThat(intake.close().pieces())
        .extracting(OutputPiece::bytes)
        .containsExactly(ByteString.copyFrom(new byte[] {'a', (byte) 0xE2}));
    intake.write(OutputStreamKind.STDOUT, ByteString.copyFromUtf8("late"));
    assertThat(intake.fetch().pieces()).isEmpty();
  }

  @Test
  void shouldDropTheOldestAndCountItWhenNobodyFetches() {
    byte[] block = new byte[100_000];
    for (int i = 0; i < 30; i++) {
      intake.write(OutputStreamKind.TEXT, ByteString.copyFrom(block));
    }

    OutputIntake.Fetched fetched = intake.fetch();

    long kept = fetched.pieces().stream().mapToLong(piece -> piece.bytes().size()).sum();
    assertThat(kept).isLessThanOrEqualTo(1 << 20);
    assertThat(kept + fetched.skippedBytes()).isEqualTo(3_000_000);
    assertThat(intake.fetch().skippedBytes()).isZero();
  }

  @Test
  void shouldKeepTheEndOfOneHugeWrite() {
    intake.write(OutputStreamKind.TEXT, ByteString.copyFrom(new byte[3 << 20]));

    OutputIntake.Fetched fetched = intake.fetch();

    assertThat(fetched.skippedBytes()).isEqualTo(2 << 20);
    assertThat(fetched.pieces().get(0).bytes().size()).isEqualTo(1 << 20);
  }

  @Test
  void shouldBoundTheNumberOfTinyMessages() {
    for (int i = 0; i < 50_000; i++) {
      intake.write(OutputStreamKind.EVENT, ByteString.copyFromUtf8("e"));
    }

    assertThat(intake.fetch().pieces()).hasSize(16_384);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "é", "€", "😀", "aé€😀b"})
  void shouldFindTheLastBoundaryOfEveryPrefix(String text) {
    ByteString bytes = ByteString.copyFromUtf8(text);
    for (int limit = 0; limit <= bytes.size(); limit++) {
      int boundary = Utf8Boundary.atOrBefore(bytes, limit);
      assertThat(bytes.substring(0, boundary).isValidUtf8()).isTrue();
      assertThat(limit - boundary).isLessThan(4);
    }
    assertThat(Utf8Boundary.atOrBefore(bytes, bytes.size())).isEqualTo(bytes.size());
  }
}
