package io.reefmesh.node.work;

import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskRefusedException;
import io.reefmesh.v1.Failure;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * The one place where what a handler throws becomes what is reported. Nothing but the message
 * leaves the node: no stack trace, and nothing longer than the wire allows.
 */
public final class HandlerFailures {

  /** Whatever a handler did not name itself. */
  public static final String HANDLER_ERROR = "HANDLER_ERROR";

  /** The process failed, not the handler. */
  public static final String NODE_BROKEN = "NODE_BROKEN";

  private static final int MAX_MESSAGE_CHARS = 4096;
  private static final Pattern CODE = Pattern.compile("[A-Z][A-Z0-9_]{0,63}");

  private HandlerFailures() {}

  /** The outcome that a throwable stands for. */
  public static WorkOutcome outcomeOf(Throwable thrown) {
    if (thrown instanceof TaskRefusedException refused) {
      return new WorkOutcome.HandedBack(
          cut(textOf(refused), MAX_MESSAGE_CHARS),
          notNegative(refused.retryAfter()),
          refused.scope());
    }
    if (thrown instanceof TaskFailedException failed) {
      String code = CODE.matcher(failed.code()).matches() ? failed.code() : HANDLER_ERROR;
      Failure.Builder failure = failure(code, textOf(failed), failed.retryable()).toBuilder();
      if (!notNegative(failed.retryAfter()).isZero()) {
        failure.setRetryAfter(toProto(failed.retryAfter()));
      }
      return new WorkOutcome.Failed(failure.build(), false);
    }
    if (thrown instanceof VirtualMachineError && !(thrown instanceof StackOverflowError)) {
      return new WorkOutcome.Failed(
          failure(NODE_BROKEN, "the node's process failed: " + describe(thrown), true), true);
    }
    return new WorkOutcome.Failed(failure(HANDLER_ERROR, describe(thrown), true), false);
  }

  /** A failure with a message that fits. */
  public static Failure failure(String code, String message, boolean retryable) {
    return Failure.newBuilder()
        .setCode(code)
        .setMessage(cut(message, MAX_MESSAGE_CHARS))
        .setRetryable(retryable)
        .build();
  }

  /** At most so many characters, never half a surrogate pair. */
  public static String cut(String text, int maxChars) {
    if (text.length() <= maxChars) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(maxChars - 1)) ? maxChars - 1 : maxChars;
    return text.substring(0, end);
  }

  /** The same duration on the wire. */
  public static com.google.protobuf.Duration toProto(Duration duration) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }

  private static String describe(Throwable thrown) {
    String message = thrown.getMessage();
    String name = thrown.getClass().getSimpleName();
    return message == null || message.isBlank() ? name : name + ": " + message;
  }

  private static String textOf(Exception thrown) {
    String message = thrown.getMessage();
    return message == null ? "no reason given" : message;
  }

  private static Duration notNegative(Duration duration) {
    return duration.isNegative() ? Duration.ZERO : duration;
  }
}
