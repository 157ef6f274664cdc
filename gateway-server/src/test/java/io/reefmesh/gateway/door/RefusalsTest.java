package io.reefmesh.gateway.door;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Durations;
import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.QuotaFailure;
import com.google.rpc.ResourceInfo;
import com.google.rpc.RetryInfo;
import io.grpc.InternalMetadata;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.reefmesh.balancer.TaskId;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

final class RefusalsTest {

  static Stream<StatusRuntimeException> all() {
    return Stream.of(
        Refusals.invalid("spec.type", "is required"),
        Refusals.notFound("task", "0000000000000"),
        Refusals.overloaded(Refusals.Limit.QUEUE, 10, Duration.ofSeconds(2)),
        Refusals.duplicateRequest("r-1", new TaskId(1)),
        Refusals.unavailable(Refusals.Absence.STARTING),
        Refusals.unsupportedProtocol(2, 1, 1),
        Refusals.nodeIdTaken("n-1"),
        Refusals.linkReplaced(),
        Refusals.linkEnded("silent"),
        Refusals.readerTooSlow(),
        Refusals.internal("00c0ffee"));
  }

  @ParameterizedTest
  @MethodSource("all")
  void shouldCarryAReasonOfOurDomainWhenAnythingIsRefused(StatusRuntimeException refusal) {
    ErrorInfo info = StatusDetails.of(refusal).info();

    assertThat(info.getDomain()).isEqualTo("reefmesh");
    assertThat(info.getReason()).matches("[A-Z][A-Z0-9_]{0,62}");
    assertThat(refusal.getStatus().getDescription()).isNotBlank();
  }

  @Test
  void shouldTellFieldAndDescriptionWhenInputIsInvalid() {
    StatusDetails details = StatusDetails.of(Refusals.invalid("spec.type", "is required"));

    assertThat(details.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(details.status().getMessage()).isEqualTo("spec.type: is required");
    assertThat(details.violations()).hasSize(1);
    assertThat(details.violations().get(0).getField()).isEqualTo("spec.type");
    assertThat(details.violations().get(0).getDescription()).isEqualTo("is required");
  }

  @Test
  void shouldStayBelowTheLimitOfTrailersWhenEverythingIsWrongAtLength() {
    Violations violations = new Violations();
    for (int i = 0; i < 500; i++) {
      violations.add("spec." + "ü".repeat(300), "é".repeat(1000));
    }

    StatusDetails details = StatusDetails.ofThrown(violations::throwIfAny);

    assertThat(details.fields()).hasSizeBetween(5, Violations.MAX);
    int told = details.fields().size();
    assertThat(details.info().getMetadataMap())
        .containsEntry("violations_left_out", Integer.toString(500 - told));
    assertThat(details.status().getMessage()).endsWith("(and 499 more)");
    assertThat(trailerBytes(violations)).isLessThan(8 * 1024);
  }

  @Test
  void shouldQuoteOnlyShortPrintableTextWhenACallersTextIsTold() {
    StatusDetails details =
        StatusDetails.of(Refusals.notFound("task", "a\nb\u0007" + "c".repeat(5000)));

    assertThat(details.code()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(details.status().getMessage()).startsWith("no task \"a?b?ccc").hasSizeLessThan(120);
    assertThat(details.detail(ResourceInfo.class).getResourceName()).hasSizeLessThan(129);
  }

  @ParameterizedTest
  @EnumSource
  void shouldSayWhenToTryAgainWhenALimitIsReached(Refusals.Limit limit) {
    StatusDetails details =
        StatusDetails.of(Refusals.overloaded(limit, 10, Duration.ofMillis(1_500)));

    assertThat(details.code()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(details.detail(RetryInfo.class).getRetryDelay())
        .isEqualTo(Durations.fromMillis(1_500));
    assertThat(details.detail(QuotaFailure.class).getViolations(0).getDescription()).contains("10");
  }

  @ParameterizedTest
  @EnumSource
  void shouldSayWhenToTryAgainWhenTheGatewayTakesNothing(Refusals.Absence absence) {
    StatusDetails details = StatusDetails.of(Refusals.unavailable(absence));

    assertThat(details.code()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(details.detail(RetryInfo.class).hasRetryDelay()).isTrue();
  }

  @Test
  void shouldNameTheTaskThatExistsWhenARequestIdIsUsedTwice() {
    TaskId existing = TaskId.parse("01h00000000z0");

    StatusDetails details = StatusDetails.of(Refusals.duplicateRequest("r-1", existing));

    assertThat(details.code()).isEqualTo(Status.Code.ALREADY_EXISTS);
    assertThat(details.info().getReason()).isEqualTo("REQUEST_ID_REUSED");
    assertThat(details.info().getMetadataMap()).containsEntry("task_id", "01h00000000z0");
    assertThat(details.detail(ResourceInfo.class).getResourceName()).isEqualTo("01h00000000z0");
  }

  @Test
  void shouldSayWhoMustBeUpdatedWhenProtocolVersionsDiffer() {
    assertThat(StatusDetails.of(Refusals.unsupportedProtocol(1, 2, 3)).status().getMessage())
        .endsWith("update the node");
    StatusDetails newer = StatusDetails.of(Refusals.unsupportedProtocol(4, 2, 3));
    assertThat(newer.status().getMessage()).endsWith("update the gateway");
    assertThat(newer.detail(PreconditionFailure.class).getViolationsCount()).isOne();
  }

  private static int trailerBytes(Violations violations) {
    try {
      violations.throwIfAny();
    } catch (StatusRuntimeException e) {
      Metadata trailers = e.getTrailers();
      byte[] details = InternalMetadata.serialize(trailers)[1];
      String message = String.valueOf(e.getStatus().getDescription());
      return List.of(details).stream().mapToInt(bytes -> bytes.length * 4 / 3).sum()
          + message.length() * 3;
    }
    throw new AssertionError("not refused");
  }
}
