package io.reefmesh.node.link;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.reefmesh.node.TaskContext.OutputStreamKind;
import io.reefmesh.node.work.OutputPiece;
import io.reefmesh.v1.OutputChunk;
import io.reefmesh.v1.OutputKind;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class OutputBufferTest {

  private static final List<OutputStreamKind> KINDS = List.of(OutputStreamKind.values());
  private static final int NO_LIMIT = 1 << 20;

  private final OutputBuffer buffer = new OutputBuffer(NO_LIMIT);

  private void append(OutputStreamKind kind, String text) {
    buffer.append(new OutputPiece(kind, ByteString.copyFromUtf8(text)));
  }

  @Test
  void shouldJoinSmallPiecesOfAStreamButNotMessages() {
    append(OutputStreamKind.TEXT, "a");
    append(OutputStreamKind.TEXT, "b");
    append(OutputStreamKind.EVENT, "{}");
    append(OutputStreamKind.EVENT, "{}");

    assertThat(buffer.next(1, NO_LIMIT).getText()).isEqualTo("ab");
    assertThat(buffer.next(1, NO_LIMIT).getOffset()).isEqualTo(2);
    OutputChunk last = buffer.next(1, NO_LIMIT);
    assertThat(last.getText()).isEqualTo("{}");
    assertThat(last.getOffset()).isEqualTo(4);
    assertThat(last.getKind()).isEqualTo(OutputKind.OUTPUT_KIND_EVENT);
    assertThat(buffer.hasUnsent()).isFalse();
  }

  @Test
  void shouldCutBetweenCharacters() {
    append(OutputStreamKind.TEXT, "aé€😀");

    assertThat(buffer.next(1, 4).getText()).isEqualTo("aé");
    assertThat(buffer.next(1, 4).getText()).isEqualTo("€");
    assertThat(buffer.next(1, 4).getText()).isEqualTo("😀");
  }

  @Test
  void shouldSendDataWhenItIsNoText() {
    ByteString bytes = ByteString.copyFrom(new byte[] {(byte) 0xFF, 'a', (byte) 0x80});
    buffer.append(new OutputPiece(OutputStreamKind.STDOUT, bytes));

    OutputChunk chunk = buffer.next(1, NO_LIMIT);

    assertThat(chunk.hasText()).isFalse();
    assertThat(chunk.getData()).isEqualTo(bytes);
  }

  @Test
  void shouldJumpOverWhatWasLostBefore() {
    append(OutputStreamKind.TEXT, "ab");
    buffer.skip(10);
    append(OutputStreamKind.TEXT, "cd");

    assertThat(buffer.next(1, NO_LIMIT).getText()).isEqualTo("ab");
    assertThat(buffer.next(1, NO_LIMIT).getOffset()).isEqualTo(12);
    assertThat(buffer.outstandingBytes()).isEqualTo(4);
    assertThat(buffer.endOffset()).isEqualTo(14);
  }

  @Test
  void shouldForgetWhatIsConfirmedEvenInTheMiddleOfAPiece() {
    append(OutputStreamKind.TEXT, "0123456789");
    buffer.next(1, 5);
    buffer.confirm(3);
    assertThat(buffer.keptBytes()).isEqualTo(7);
    assertThat(buffer.outstandingBytes()).isEqualTo(2);

    buffer.restartFrom(3);
    assertThat(buffer.next(1, NO_LIMIT).getText()).isEqualTo("34");
    assertThat(buffer.next(1, NO_LIMIT).getText()).isEqualTo("56789");
  }

  @Test
  void shouldNotBelieveAnOffsetBeyondTheEnd() {
    append(OutputStreamKind.TEXT, "0123");
    buffer.confirm(100);
    append(OutputStreamKind.TEXT, "45");

    assertThat(buffer.next(1, NO_LIMIT).getOffset()).isEqualTo(4);
  }

  @Test
  void shouldGoOnFromTheOldestKeptWhenTheGatewayHasLessThanThat() {
    append(OutputStreamKind.TEXT, "0123456789");
    buffer.next(1, 10);
    buffer.confirm(6);

    buffer.restartFrom(0);

    OutputChunk chunk = buffer.next(1, NO_LIMIT);
    assertThat(chunk.getOffset()).isEqualTo(6);
    assertThat(buffer.outstandingBytes()).isEqualTo(4);
  }

  @Test
  void shouldNotKeepMoreThanItsLimit() {
    OutputBuffer small = new OutputBuffer(10_000);
    for (int i = 0; i < 1_000; i++) {
      small.append(new OutputPiece(OutputStreamKind.TEXT, ByteString.copyFrom(new byte[100])));
      assertThat(small.keptBytes()).isLessThanOrEqualTo(10_000);
    }
    assertThat(small.endOffset()).isEqualTo(100_000);
  }

  @Test
  void shouldKeepTheEndOfAPieceThatIsLargerThanItsLimit() {
    OutputBuffer small = new OutputBuffer(10);
    small.append(
        new OutputPiece(OutputStreamKind.TEXT, ByteString.copyFromUtf8("0123456789é12345678")));

    OutputChunk chunk = small.next(1, NO_LIMIT);

    assertThat(chunk.getText()).isEqualTo("é12345678");
    assertThat(chunk.getOffset()).isEqualTo(10);
    assertThat(small.endOffset()).isEqualTo(20);
  }

  @Test
  void shouldGiveEveryByteOnceAndInOrderWhateverTheCutsAndRestarts() {
    for (int seed = 0; seed < 200; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      OutputBuffer any = new OutputBuffer(NO_LIMIT);
      ByteArrayOutputStream written = new ByteArrayOutputStream();
      byte[] received = new byte[100_000];
      long has = 0;
      for (int step = 0; step < 300; step++) {
        int choice = random.nextInt(10);
        if (choice < 4) {
          byte[] bytes = new byte[random.nextInt(300)];
          random.nextBytes(bytes);
          written.writeBytes(bytes);
          OutputStreamKind kind = KINDS.get(random.nextInt(KINDS.size()));
          any.append(new OutputPiece(kind, ByteString.copyFrom(bytes)));
        } else if (choice < 8 && any.hasUnsent()) {
          OutputChunk chunk = any.next(1, 4 + random.nextInt(200));
          assertThat(chunk.getOffset()).isEqualTo(has);
          ByteString bytes =
              chunk.hasText() ? ByteString.copyFromUtf8(chunk.getText()) : chunk.getData();
          bytes.copyTo(received, (int) has);
          has += bytes.size();
        } else if (choice == 8) {
          any.confirm(has);
        } else if (random.nextInt(5) == 0) {
          any.restartFrom(has);
        }
      }
      assertThat(Arrays.copyOf(received, (int) has))
          .isEqualTo(Arrays.copyOf(written.toByteArray(), (int) has));
      assertThat(any.endOffset()).isEqualTo(written.size());
    }
  }
}
