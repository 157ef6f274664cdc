package io.reefmesh.node.work;

import static org.assertj.core.api.Assertions.assertThat;

import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskRefusedException;
import io.reefmesh.v1.Failure;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class HandlerFailuresTest {

  private static Failure failureOf(Throwable thrown) {
    return ((WorkOutcome.Failed) HandlerFailures.outcomeOf(thrown)).failure();
  }

  static Stream<Arguments> thrown() {
    return Stream.of(
        Arguments.of(new TaskFailedException("NO_MODEL", "gone", false), "NO_MODEL", "gone", false),
        Arguments.of(
            new TaskFailedException("bad code", "gone", true), "HANDLER_ERROR", "gone", true),
        Arguments.of(
            new IllegalStateException("odd"), "HANDLER_ERROR", "IllegalStateException: odd", true),
        Arguments.of(new NullPointerException(), "HANDLER_ERROR", "NullPointerException", true),
        Arguments.of(new StackOverflowError(), "HANDLER_ERROR", "StackOverflowError", true),
        Arguments.of(
            new NoClassDefFoundError("a/B"), "HANDLER_ERROR", "NoClassDefFoundError: a/B", true),
        Arguments.of(
            new OutOfMemoryError("heap"),
            "NODE_BROKEN",
            "the node's process failed: OutOfMemoryError: heap",
            true));
  }

  @ParameterizedTest
  @MethodSource("thrown")
  void shouldReportWhatWasThrown(Throwable thrown, String code, String message, boolean retryable) {
    Failure failure = failureOf(thrown);

    assertThat(failure.getCode()).isEqualTo(code);
    assertThat(failure.getMessage()).isEqualTo(message);
    assertThat(failure.getRetryable()).isEqualTo(retryable);
  }

  @Test
  void shouldTellThatTheProcessIsBrokenOnlyWhenItIs() {
    assertThat(
            ((WorkOutcome.Failed) HandlerFailures.outcomeOf(new OutOfMemoryError()))
                .processBroken())
        .isTrue();
    assertThat(
            ((WorkOutcome.Failed) HandlerFailures.outcomeOf(new StackOverflowError()))
                .processBroken())
        .isFalse();
  }

  @Test
  void shouldCutLongMessagesBetweenCharacters() {
    String message = "x".repeat(4095) + "😀";

    Failure failure = failureOf(new TaskFailedException("A", message, true));

    assertThat(failure.getMessage()).isEqualTo("x".repeat(4095));
  }

  @Test
  void shouldSayWhenToTryAgain() {
    Failure failure = failureOf(new TaskFailedException("A", "b", true, Duration.ofMillis(1500)));

    assertThat(failure.getRetryAfter().getSeconds()).isEqualTo(1);
    assertThat(failure.getRetryAfter().getNanos()).isEqualTo(500_000_000);
    assertThat(failureOf(new TaskFailedException("A", "b", true)).hasRetryAfter()).isFalse();
  }

  @Test
  void shouldHandBackWhenTheHandlerRefused() {
    assertThat(HandlerFailures.outcomeOf(new TaskRefusedException("busy", Duration.ofSeconds(-3))))
        .isEqualTo(new WorkOutcome.HandedBack("busy", Duration.ZERO));
    assertThat(
            HandlerFailures.outcomeOf(
                new TaskRefusedException(
                    "cold", Duration.ofSeconds(3), TaskRefusedException.Scope.TYPE)))
        .isEqualTo(
            new WorkOutcome.HandedBack(
                "cold", Duration.ofSeconds(3), TaskRefusedException.Scope.TYPE));
  }
}
