package io.reefmesh.gateway.door;

import com.google.common.hash.Hashing;
import com.google.protobuf.util.Timestamps;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskTerms;
import io.reefmesh.gateway.GatewayConfig;
import io.reefmesh.gateway.store.StoredTask;
import io.reefmesh.gateway.store.TaskBody;
import io.reefmesh.v1.RunTaskRequest;
import io.reefmesh.v1.SubmitTaskRequest;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.TaskSubmission;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Admission: checks everything in a request to submit a task against the limits written at its
 * fields, and turns it into a {@link Submission}. Thread-safe; reads no clock.
 */
public final class SubmissionReader {

  private static final int MAX_ID = 128;

  private final SpecCheck check;
  private final SpecDefaults defaults;
  private final SpecTerms terms;
  private final int maxPayloadBytes;

  /** With the gateway's limits and timeouts, and its capability table behind the terms. */
  public SubmissionReader(GatewayConfig config, SpecTerms terms) {
    this.check = new SpecCheck(config.timeouts());
    this.defaults = new SpecDefaults(config.timeouts());
    this.terms = terms;
    this.maxPayloadBytes = config.limits().payloadBytes();
  }

  /**
   * Reads a request to submit.
   *
   * @param project the caller's project
   * @param nowMillis the time of acceptance, in epoch milliseconds
   * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT, with every field that is wrong
   */
  public Submission read(SubmitTaskRequest request, String project, long nowMillis) {
    TaskSpec spec = request.hasSpec() ? request.getSpec() : null;
    return read(request.getRequestId(), spec, project, nowMillis);
  }

  /** Reads a request to submit and follow, as {@link #read(SubmitTaskRequest, String, long)}. */
  public Submission read(RunTaskRequest request, String project, long nowMillis) {
    TaskSpec spec = request.hasSpec() ? request.getSpec() : null;
    return read(request.getRequestId(), spec, project, nowMillis);
  }

  /**
   * Reads one of many submissions, as {@link #read(SubmitTaskRequest, String, long)}; it must have
   * a request id.
   */
  public Submission read(TaskSubmission submission, String project, long nowMillis) {
    if (submission.getRequestId().isEmpty()) {
      throw Refusals.invalid("request_id", "is required: it names the submission in its receipt");
    }
    TaskSpec spec = submission.hasSpec() ? submission.getSpec() : null;
    return read(submission.getRequestId(), spec, project, nowMillis);
  }

  /**
   * A new task like an old one, linked to it. It was accepted once, so it is not checked again, but
   * for a not-before time that lies in the past: that is dropped.
   *
   * @param requestId makes a repeat return the same task; empty: none
   * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT if the request id is wrong
   */
  public Submission again(StoredTask old, String requestId, long nowMillis) {
    Violations violations = new Violations();
    SpecCheck.text(requestId, "request_id", MAX_ID, violations);
    violations.throwIfAny();
    TaskSpec spec = old.body().spec();
    if (spec.hasNotBefore() && Timestamps.toMillis(spec.getNotBefore()) <= nowMillis) {
      spec = spec.toBuilder().clearNotBefore().build();
    }
    return submission(
        old.project(),
        requestId,
        spec,
        new PayloadForms.Encoded(old.body().contentType(), old.payload()),
        old.id(),
        () -> SpecDigest.ofRetry(old.id()));
  }

  private Submission read(
      String requestId, @Nullable TaskSpec spec, String project, long nowMillis) {
    Violations violations = new Violations();
    SpecCheck.text(requestId, "request_id", MAX_ID, violations);
    if (spec == null) {
      violations.add("spec", "is required");
      spec = TaskSpec.getDefaultInstance();
    } else {
      check.check(spec, nowMillis, violations);
    }
    PayloadForms.Encoded payload = payload(spec, violations);
    violations.throwIfAny();
    return submission(requestId, spec, payload, project);
  }

  private PayloadForms.Encoded payload(TaskSpec spec, Violations violations) {
    PayloadForms.Encoded payload =
        PayloadForms.encode(spec.getPayload(), "spec.payload", violations);
    int size = payload.bytes().size();
    if (size > maxPayloadBytes) {
      violations.add(
          "spec.payload", "has " + size + " bytes; this gateway takes at most " + maxPayloadBytes);
    }
    return payload;
  }

  private Submission submission(
      String requestId, TaskSpec spec, PayloadForms.Encoded payload, String project) {
    return submission(
        project, requestId, defaults.fill(spec), payload, null, () -> SpecDigest.of(spec, payload));
  }

  private Submission submission(
      String project,
      String requestId,
      TaskSpec filled,
      PayloadForms.Encoded payload,
      @Nullable TaskId retryOf,
      Supplier<String> digest) {
    SpecTerms.Understood understood = terms.understand(project, filled);
    TaskTerms taskTerms = understood.terms();
    TaskBody body =
        new TaskBody(understood.spec(), payload.contentType(), payload.bytes(), retryOf);
    return requestId.isEmpty()
        ? new Submission(taskTerms, body, null, null, routing(project, taskTerms.session()))
        : new Submission(
            taskTerms,
            body,
            requestId,
            digest.get(),
            routing(project, taskTerms.session() == null ? requestId : taskTerms.session()));
  }

  private static long routing(String project, @Nullable String key) {
    return key == null
        ? 0
        : Hashing.farmHashFingerprint64()
            .hashString(project + '\0' + key, StandardCharsets.UTF_8)
            .asLong();
  }
}
