package io.reefmesh.gateway.door;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Struct;
import com.google.protobuf.Timestamp;
import com.google.protobuf.Value;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import io.grpc.Status;
import io.reefmesh.balancer.Requirement;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.balancer.TaskTerms;
import io.reefmesh.config.Settings;
import io.reefmesh.gateway.GatewayConfig;
import io.reefmesh.gateway.store.StoredTask;
import io.reefmesh.v1.Payload;
import io.reefmesh.v1.RetryPolicy;
import io.reefmesh.v1.RunTaskRequest;
import io.reefmesh.v1.SubmitTaskRequest;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.Timeouts;
import java.util.Collections;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class SubmissionReaderTest {

  private static final long NOW = 1_780_000_000_000L;
  private static final long HOUR = 3_600_000;

  private final SubmissionReader reader =
      new SubmissionReader(
          GatewayConfig.from(Settings.read(null, Map.of(), Map.of("limits.payload", "1KiB"))),
          new SpecTerms(
              type ->
                  type.equals("agent-turn")
                      ? ImmutableSortedSet.of("llm")
                      : ImmutableSortedSet.of()));

  @Test
  void shouldFillInDefaultsWhenOnlyTheTypeIsGiven() {
    Submission submission = read(spec -> {});

    assertThat(submission.terms())
        .isEqualTo(
            new TaskTerms(
                "p",
                Requirement.of("ping"),
                5,
                null,
                null,
                false,
                HOUR,
                HOUR,
                24 * HOUR,
                0,
                TaskTerms.Retry.DEFAULT,
                0,
                0));
    assertThat(submission.body().spec())
        .isEqualTo(
            TaskSpec.newBuilder()
                .setType("ping")
                .setPriority(5)
                .setTimeouts(
                    Timeouts.newBuilder()
                        .setQueue(Durations.fromHours(1))
                        .setRun(Durations.fromHours(1))
                        .setTotal(Durations.fromHours(24)))
                .setRetry(
                    RetryPolicy.newBuilder()
                        .setMaxAttempts(3)
                        .setInitialBackoff(Durations.fromSeconds(1))
                        .setBackoffMultiplier(2)
                        .setMaxBackoff(Durations.fromMinutes(1)))
                .build());
    assertThat(submission.body().contentType()).isEqualTo("application/octet-stream");
    assertThat(submission.body().payload()).isEqualTo(ByteString.EMPTY);
    assertThat(submission.requestId()).isNull();
    assertThat(submission.digest()).isNull();
    assertThat(submission.routingHash()).isZero();
  }

  @Test
  void shouldTakeEverythingOverWhenAllIsGiven() {
    Submission submission =
        read(
            spec ->
                spec.setType("agent-turn")
                    .setPriority(1)
                    .addRequiredCapabilities("tools")
                    .putNodeSelector("zone", "home")
                    .setSessionId("s-1")
                    .setConcurrencyKey("k-1")
                    .setTimeouts(
                        Timeouts.newBuilder()
                            .setQueue(Durations.fromSeconds(1))
                            .setRun(Durations.fromSeconds(2))
                            .setTotal(Durations.fromDays(30))
                            .setNoProgress(Duration.newBuilder().setNanos(1)))
                    .setRetry(
                        RetryPolicy.newBuilder()
                            .setMaxAttempts(100)
                            .setInitialBackoff(Durations.ZERO)
                            .setBackoffMultiplier(10)
                            .setMaxBackoff(Durations.fromHours(1))
                            .addNonRetryableCodes("BAD_INPUT"))
                    .setReconnectGrace(Durations.fromHours(24))
                    .setNotBefore(Timestamps.fromMillis(NOW + 5_000))
                    .setPreferSessionNode(true)
                    .putLabels("team", "x")
                    .setPayload(Payload.newBuilder().setText("hello")));

    assertThat(submission.terms())
        .isEqualTo(
            new TaskTerms(
                "p",
                new Requirement(
                    "agent-turn",
                    ImmutableSortedSet.of("llm", "tools"),
                    ImmutableMap.of("zone", "home")),
                1,
                "s-1",
                "k-1",
                true,
                1_000,
                2_000,
                30 * 24 * HOUR,
                1, // A nanosecond is not "off".
                new TaskTerms.Retry(100, 0, 10, HOUR, ImmutableSet.of("BAD_INPUT")),
                24 * HOUR,
                NOW + 5_000));
    assertThat(submission.body().spec().hasPayload()).isFalse();
    assertThat(submission.body().spec().getLabelsMap()).containsExactly(Map.entry("team", "x"));
    assertThat(submission.body().contentType()).isEqualTo("text/plain; charset=utf-8");
    assertThat(submission.body().payload()).isEqualTo(ByteString.copyFromUtf8("hello"));
  }

  static Stream<Arguments> wrongSpecs() {
    return Stream.of(
        wrong("spec.type", spec -> spec.clearType()),
        wrong("spec.type", spec -> spec.setType("a b")),
        wrong("spec.type", spec -> spec.setType("x".repeat(129))),
        wrong("spec.priority", spec -> spec.setPriority(0)),
        wrong("spec.priority", spec -> spec.setPriority(11)),
        wrong("spec.priority", spec -> spec.setPriority(-1)),
        wrong(
            "spec.required_capabilities",
            spec -> spec.addAllRequiredCapabilities(Collections.nCopies(33, "c"))),
        wrong("spec.required_capabilities[1]", spec -> capabilities(spec, "a", "")),
        wrong("spec.required_capabilities[0]", spec -> capabilities(spec, "c".repeat(65))),
        wrong("spec.node_selector", spec -> numbers(33).forEach(i -> spec.putNodeSelector(i, ""))),
        wrong("spec.node_selector[\"\"]", spec -> spec.putNodeSelector("", "v")),
        wrong("spec.session_id", spec -> spec.setSessionId("s".repeat(129))),
        wrong("spec.session_id", spec -> spec.setSessionId("a\nb")),
        wrong("spec.concurrency_key", spec -> spec.setConcurrencyKey("k".repeat(129))),
        wrong("spec.timeouts.queue", spec -> timeouts(spec).setQueue(Durations.ZERO)),
        wrong("spec.timeouts.queue", spec -> timeouts(spec).setQueue(seconds(7 * 86_400 + 1))),
        wrong("spec.timeouts.run", spec -> timeouts(spec).setRun(seconds(-1))),
        wrong("spec.timeouts.run", spec -> timeouts(spec).setRun(seconds(86_401))),
        wrong("spec.timeouts.total", spec -> timeouts(spec).setTotal(seconds(31 * 86_400))),
        wrong("spec.timeouts.total", spec -> timeouts(spec).setTotal(seconds(Long.MAX_VALUE))),
        wrong("spec.timeouts.no_progress", spec -> timeouts(spec).setNoProgress(Durations.ZERO)),
        wrong("spec.timeouts.no_progress", spec -> timeouts(spec).setNoProgress(seconds(86_401))),
        wrong(
            "spec.timeouts.run",
            spec -> timeouts(spec).setRun(Duration.newBuilder().setSeconds(1).setNanos(-1))),
        wrong("spec.retry.max_attempts", spec -> spec.getRetryBuilder().setMaxAttempts(101)),
        wrong("spec.retry.max_attempts", spec -> spec.getRetryBuilder().setMaxAttempts(-1)),
        wrong(
            "spec.retry.initial_backoff",
            spec -> spec.getRetryBuilder().setInitialBackoff(seconds(3_601))),
        wrong("spec.retry.max_backoff", spec -> spec.getRetryBuilder().setMaxBackoff(seconds(-1))),
        wrong(
            "spec.retry.backoff_multiplier",
            spec -> spec.getRetryBuilder().setBackoffMultiplier(0.5)),
        wrong(
            "spec.retry.backoff_multiplier",
            spec -> spec.getRetryBuilder().setBackoffMultiplier(Double.NaN)),
        wrong(
            "spec.retry.non_retryable_codes[0]",
            spec -> spec.getRetryBuilder().addNonRetryableCodes("C".repeat(65))),
        wrong("spec.reconnect_grace", spec -> spec.setReconnectGrace(seconds(86_401))),
        wrong("spec.reconnect_grace", spec -> spec.setReconnectGrace(seconds(-1))),
        wrong(
            "spec.not_before",
            spec -> spec.setNotBefore(Timestamps.fromMillis(NOW + 31 * 24 * HOUR))),
        wrong("spec.not_before", spec -> spec.setNotBefore(Timestamp.newBuilder().setNanos(-1))),
        // With the default total timeout it would expire before it may start.
        wrong("spec.not_before", spec -> spec.setNotBefore(Timestamps.fromMillis(NOW + 24 * HOUR))),
        wrong("spec.labels", spec -> numbers(33).forEach(i -> spec.putLabels(i, "v"))),
        wrong("spec.labels[\"k\"]", spec -> spec.putLabels("k", "v".repeat(257))),
        wrong("spec.traceparent", spec -> spec.setTraceparent("t".repeat(257))),
        wrong(
            "spec.payload.content_type",
            spec -> spec.setPayload(Payload.newBuilder().setContentType("t".repeat(129)))),
        wrong(
            "spec.payload",
            spec -> spec.setPayload(Payload.newBuilder().setText("x".repeat(1_025)))),
        wrong(
            "spec.payload.json.items[3].n",
            spec -> spec.setPayload(Payload.newBuilder().setJson(tooLargeAt("items", 3, "n")))));
  }

  @ParameterizedTest
  @MethodSource("wrongSpecs")
  void shouldNameTheFieldWhenItBreaksALimit(String field, Consumer<TaskSpec.Builder> change) {
    StatusDetails details = StatusDetails.ofThrown(() -> read(change));

    assertThat(details.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(details.fields()).containsExactly(field);
  }

  @Test
  void shouldTellEverythingAtOnceWhenSeveralFieldsAreWrong() {
    StatusDetails details =
        StatusDetails.ofThrown(
            () ->
                reader.read(
                    SubmitTaskRequest.newBuilder()
                        .setRequestId("r".repeat(129))
                        .setSpec(TaskSpec.newBuilder().setPriority(11))
                        .build(),
                    "p",
                    NOW));

    assertThat(details.fields()).containsExactly("request_id", "spec.type", "spec.priority");
  }

  @Test
  void shouldAskForASpecWhenThereIsNone() {
    StatusDetails details =
        StatusDetails.ofThrown(() -> reader.read(RunTaskRequest.getDefaultInstance(), "p", NOW));

    assertThat(details.fields()).containsExactly("spec");
  }

  @Test
  void shouldTakeTheLargestValuesWhenTheyAreJustWithinTheirLimits() {
    Submission submission =
        read(
            spec ->
                spec.setType("x".repeat(128))
                    .setPriority(10)
                    .setSessionId("😀".repeat(128))
                    .setPayload(Payload.newBuilder().setText("x".repeat(1_024)))
                    .setNotBefore(Timestamps.fromMillis(NOW + 24 * HOUR - 1)));

    assertThat(submission.terms().priority()).isEqualTo(10);
  }

  @Test
  void shouldKeepTheDigestWhenOnlyOrderFormOrTraceDiffer() {
    Submission one =
        readWithRequestId(
            spec ->
                spec.putLabels("a", "1")
                    .putLabels("b", "2")
                    .addRequiredCapabilities("x")
                    .addRequiredCapabilities("y")
                    .setTraceparent("00-1")
                    .setPayload(Payload.newBuilder().setJson(object("k", "l"))));
    Submission same =
        readWithRequestId(
            spec ->
                spec.putLabels("b", "2")
                    .putLabels("a", "1")
                    .addRequiredCapabilities("y")
                    .addRequiredCapabilities("x")
                    .setTraceparent("00-2")
                    .setPayload(Payload.newBuilder().setJson(object("l", "k"))));
    Submission asBytes =
        readWithRequestId(
            spec ->
                spec.putAllLabels(Map.of("a", "1", "b", "2"))
                    .addRequiredCapabilities("x")
                    .addRequiredCapabilities("y")
                    .setPayload(
                        Payload.newBuilder()
                            .setContentType("application/json")
                            .setData(ByteString.copyFromUtf8("{\"k\":1,\"l\":1}"))));

    assertThat(one.digest()).matches("[0-9a-f]{32}").isEqualTo(same.digest());
    assertThat(asBytes.digest()).isEqualTo(one.digest());
  }

  @Test
  void shouldChangeTheDigestWhenTheContentDiffers() {
    assertThat(
            Stream.<Consumer<TaskSpec.Builder>>of(
                    spec -> {},
                    spec -> spec.setType("pong"),
                    spec -> spec.setPriority(5),
                    spec -> spec.putLabels("a", "b"),
                    spec -> spec.setSessionId("s"),
                    spec -> spec.setPayload(Payload.newBuilder().setText("x")),
                    spec -> spec.setPayload(Payload.newBuilder().setText("y")),
                    spec -> spec.getRetryBuilder().addNonRetryableCodes("A"))
                .map(change -> String.valueOf(readWithRequestId(change).digest())))
        .doesNotHaveDuplicates();
  }

  @Test
  void shouldRouteBySessionElseByRequestIdWhenAPartitionIsChosen() {
    long bySession = readWithRequestId(spec -> spec.setSessionId("s")).routingHash();
    long sameSession = read(spec -> spec.setSessionId("s").setPriority(1)).routingHash();
    long byRequest = readWithRequestId(spec -> {}).routingHash();
    long otherProject =
        reader.read(request(spec -> spec.setSessionId("s")).build(), "other", NOW).routingHash();

    assertThat(bySession).isEqualTo(sameSession).isNotZero();
    assertThat(byRequest).isNotZero().isNotEqualTo(bySession);
    assertThat(otherProject).isNotEqualTo(bySession);
  }

  @Test
  void shouldMakeTheSameTaskAgainWithoutANotBeforeThatHasPassed() {
    Submission first =
        read(
            spec ->
                spec.setPriority(2)
                    .setSessionId("s")
                    .setNotBefore(Timestamps.fromMillis(NOW + 5_000))
                    .setPayload(Payload.newBuilder().setText("hi")));
    TaskId id = TaskId.of(NOW, 1, 2);
    StoredTask old =
        new StoredTask(
            id,
            "p",
            "ping",
            "s",
            null,
            null,
            first.body(),
            TaskState.FAILED,
            3,
            "n",
            null,
            0,
            NOW,
            0,
            ImmutableList.of(),
            NOW + 9_000,
            null,
            null);

    Submission early = reader.again(old, "", NOW + 4_999);
    Submission late = reader.again(old, "r", NOW + 5_000);

    assertThat(early.terms()).isEqualTo(first.terms());
    assertThat(early.requestId()).isNull();
    assertThat(early.digest()).isNull();
    assertThat(early.routingHash()).isEqualTo(first.routingHash());
    assertThat(late.terms().notBeforeMillis()).isZero();
    assertThat(late.terms().priority()).isEqualTo(2);
    assertThat(late.body().spec().hasNotBefore()).isFalse();
    assertThat(late.body().payload()).isEqualTo(first.body().payload());
    assertThat(late.body().retryOf()).isEqualTo(id);
    assertThat(late.digest()).isEqualTo(reader.again(old, "other", NOW).digest()).hasSize(32);
  }

  private Submission read(Consumer<TaskSpec.Builder> change) {
    return reader.read(request(change).build(), "p", NOW);
  }

  private Submission readWithRequestId(Consumer<TaskSpec.Builder> change) {
    return reader.read(request(change).setRequestId("r-1").build(), "p", NOW);
  }

  private static SubmitTaskRequest.Builder request(Consumer<TaskSpec.Builder> change) {
    TaskSpec.Builder spec = TaskSpec.newBuilder().setType("ping");
    change.accept(spec);
    return SubmitTaskRequest.newBuilder().setSpec(spec);
  }

  private static Arguments wrong(String field, Consumer<TaskSpec.Builder> change) {
    return Arguments.of(field, change);
  }

  private static void capabilities(TaskSpec.Builder spec, String... names) {
    spec.addAllRequiredCapabilities(java.util.List.of(names));
  }

  private static Timeouts.Builder timeouts(TaskSpec.Builder spec) {
    return spec.getTimeoutsBuilder();
  }

  private static Duration seconds(long seconds) {
    return Duration.newBuilder().setSeconds(seconds).build();
  }

  private static Stream<String> numbers(int count) {
    return IntStream.range(0, count).mapToObj(Integer::toString);
  }

  private static Value object(String... keys) {
    Struct.Builder object = Struct.newBuilder();
    for (String key : keys) {
      object.putFields(key, Value.newBuilder().setNumberValue(1).build());
    }
    return Value.newBuilder().setStructValue(object).build();
  }

  private static Value tooLargeAt(String list, int index, String key) {
    Value.Builder elements = Value.newBuilder();
    for (int i = 0; i <= index; i++) {
      double number = i == index ? 0x1p53 + 2 : i;
      elements
          .getListValueBuilder()
          .addValuesBuilder()
          .getStructValueBuilder()
          .putFields(key, Value.newBuilder().setNumberValue(number).build());
    }
    return Value.newBuilder()
        .setStructValue(Struct.newBuilder().putFields(list, elements.build()))
        .build();
  }
}
