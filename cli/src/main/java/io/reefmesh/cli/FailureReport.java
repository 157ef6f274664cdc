package io.reefmesh.cli;

import io.grpc.Status;
import io.reefmesh.cli.output.Durations;
import io.reefmesh.client.FieldViolation;
import io.reefmesh.client.InvalidRequestException;
import io.reefmesh.client.MeshException;
import io.reefmesh.client.MeshOverloadedException;
import io.reefmesh.client.MeshTimeoutException;
import io.reefmesh.client.MeshUnavailableException;
import io.reefmesh.client.NodeNotFoundException;
import io.reefmesh.client.TaskNotFoundException;
import io.reefmesh.client.TaskOutcomeException;
import io.reefmesh.config.SettingsException;
import io.reefmesh.gateway.GatewayStartException;
import io.reefmesh.node.NodeStartException;
import java.io.UncheckedIOException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a failed command says and how it exits: the one place where an exception becomes words.
 *
 * @param exitCode see {@link ExitCode}
 * @param message what happened, to what, and what to do
 */
record FailureReport(int exitCode, String message) {

  private static final int MAX_CAUSES = 20;
  private static final Pattern STATUS_PREFIX = Pattern.compile("^(\\w+: )?[A-Z]+(_[A-Z]+)*: ");

  /** For any exception that a command ended with. */
  static FailureReport of(Throwable failure) {
    if (failure instanceof CommandException e) {
      return new FailureReport(e.exitCode(), text(e));
    }
    if (failure instanceof SettingsException || failure instanceof NodeStartException) {
      return new FailureReport(ExitCode.USAGE, text(failure));
    }
    if (failure instanceof GatewayStartException e) {
      return new FailureReport(e.kind().exitCode(), text(e));
    }
    if (failure instanceof TaskOutcomeException e) {
      return new FailureReport(ExitCode.TASK_FAILED, text(e));
    }
    if (failure instanceof MeshException e) {
      return ofMesh(e);
    }
    if (failure instanceof UncheckedIOException e) {
      return new FailureReport(ExitCode.INTERNAL, text(e));
    }
    return new FailureReport(
        ExitCode.INTERNAL, "internal error: " + failure + "; --debug shows where");
  }

  private static FailureReport ofMesh(MeshException e) {
    if (e instanceof MeshUnavailableException || e instanceof MeshTimeoutException) {
      return new FailureReport(ExitCode.UNREACHABLE, "no gateway answered: " + reason(e));
    }
    if (e instanceof TaskNotFoundException || e instanceof NodeNotFoundException) {
      return new FailureReport(ExitCode.NOT_FOUND, bare(e));
    }
    if (e instanceof InvalidRequestException invalid && !invalid.fieldViolations().isEmpty()) {
      return new FailureReport(ExitCode.REFUSED, "the gateway refused it: " + violations(invalid));
    }
    if (e instanceof MeshOverloadedException) {
      String when =
          e.retryAfter().map(after -> "; try again in " + Durations.show(after)).orElse("");
      return new FailureReport(ExitCode.REFUSED, bare(e) + when);
    }
    return new FailureReport(exitCode(e.code()), bare(e));
  }

  private static int exitCode(Status.Code code) {
    return switch (code) {
      case INVALID_ARGUMENT,
          OUT_OF_RANGE,
          ALREADY_EXISTS,
          RESOURCE_EXHAUSTED,
          PERMISSION_DENIED,
          UNAUTHENTICATED,
          FAILED_PRECONDITION,
          ABORTED,
          UNIMPLEMENTED ->
          ExitCode.REFUSED;
      case NOT_FOUND -> ExitCode.NOT_FOUND;
      case UNAVAILABLE, DEADLINE_EXCEEDED -> ExitCode.UNREACHABLE;
      case OK, CANCELLED, UNKNOWN, INTERNAL, DATA_LOSS -> ExitCode.INTERNAL;
    };
  }

  private static String violations(MeshException e) {
    return e.fieldViolations().stream()
        .map(FailureReport::violation)
        .collect(Collectors.joining("; "));
  }

  private static String violation(FieldViolation violation) {
    return violation.field() + ": " + violation.description();
  }

  /** Why a gateway could not be reached, in few words. */
  static String reason(MeshException e) {
    if (e instanceof MeshTimeoutException) {
      return "no answer in time";
    }
    Throwable cause = e;
    for (int depth = 0; cause.getCause() != null && depth < MAX_CAUSES; depth++) {
      cause = cause.getCause();
    }
    return cause == e ? bare(e) : text(cause);
  }

  /** Without the name of the call and the status in front, which mean nothing to most people. */
  private static String bare(MeshException e) {
    return STATUS_PREFIX.matcher(text(e)).replaceFirst("");
  }

  private static String text(Throwable failure) {
    String message = failure.getMessage();
    return message == null ? failure.getClass().getSimpleName() : message;
  }
}
