package io.reefmesh.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.reefmesh.v1.Attempt;
import io.reefmesh.v1.AttemptOutcome;
import io.reefmesh.v1.Failure;
import io.reefmesh.v1.Payload;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DemoReportTest {

  private static final String KILLED = "00000000000000aa";
  private static final String OTHER = "00000000000000bb";
  private static final String HASH = "ab".repeat(32);
  private static final HashedFile FILE = new HashedFile(Path.of("/absent/file"), HASH);

  @Test
  void shouldCountTasksThatTheKilledLifeHeldAndOthersFinished() {
    // given one that stayed, one that moved, and one that another life of the node lost
    List<TaskRun> runs =
        List.of(
            run(10, succeeded(attempt("node-2", KILLED, AttemptOutcome.ATTEMPT_OUTCOME_SUCCEEDED))),
            run(
                2_000,
                succeeded(
                    attempt("node-2", KILLED, AttemptOutcome.ATTEMPT_OUTCOME_LOST),
                    attempt("node-1", OTHER, AttemptOutcome.ATTEMPT_OUTCOME_SUCCEEDED))),
            run(
                30,
                succeeded(
                    attempt("node-2", OTHER, AttemptOutcome.ATTEMPT_OUTCOME_REFUSED),
                    attempt("node-1", OTHER, AttemptOutcome.ATTEMPT_OUTCOME_SUCCEEDED))));

    // when
    DemoReport report = report(3, runs);

    // then
    assertThat(report.allRight()).isTrue();
    assertThat(report.moved()).isEqualTo(1);
    assertThat(report.attempts()).isEqualTo(5);
    assertThat(report.perNode()).containsEntry("node-1", 2).containsEntry("node-2", 1);
    assertThat(report.p50()).isEqualTo(Duration.ofMillis(30));
    assertThat(report.p99()).isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void shouldPrintATable() {
    DemoReport report =
        report(
            1,
            List.of(
                run(
                    7,
                    succeeded(
                        attempt("node-2", KILLED, AttemptOutcome.ATTEMPT_OUTCOME_SUCCEEDED)))));

    assertThat(report.table())
        .isEqualTo(
            """
            DEMO
            tasks              1
            succeeded          1 (each hash checked)
            moved from node-2  0 (held when it was killed)
            per node           node-2 1 (killed, came back)
            attempts           1
            submit to result   p50 7 ms, p99 7 ms
            wall time          1.5 s
            """);
  }

  @Test
  void shouldNotBeRightWhenAHashIsWrong() {
    // given
    Task task =
        succeeded(attempt("node-1", OTHER, AttemptOutcome.ATTEMPT_OUTCOME_SUCCEEDED)).toBuilder()
            .setResult(result("cd".repeat(32), 0))
            .build();

    // when
    DemoReport report = report(1, List.of(run(1, task)));

    // then
    assertThat(report.allRight()).isFalse();
    assertThat(report.succeeded()).isZero();
    assertThat(report.faults())
        .singleElement()
        .asString()
        .contains("cd".repeat(32))
        .contains(HASH)
        .contains("/absent/file");
  }

  @Test
  void shouldNotBeRightWhenTheProgramFailed() {
    Task task =
        succeeded(attempt("node-1", OTHER, AttemptOutcome.ATTEMPT_OUTCOME_SUCCEEDED)).toBuilder()
            .setResult(result(HASH, 1))
            .build();
    assertThat(report(1, List.of(run(1, task))).allRight()).isFalse();
  }

  @Test
  void shouldNotBeRightWhenATaskFailedOrHasNoOutcome() {
    // given
    Task failed =
        Task.newBuilder()
            .setId("t1")
            .setState(TaskState.TASK_STATE_FAILED)
            .setFailure(Failure.newBuilder().setMessage("no such program"))
            .build();

    // when
    DemoReport report = report(3, List.of(run(1, failed)));

    // then
    assertThat(report.allRight()).isFalse();
    assertThat(report.faults()).anySatisfy(fault -> assertThat(fault).contains("no such program"));
    assertThat(report.faults())
        .anySatisfy(fault -> assertThat(fault).contains("2 of 3 tasks have no outcome"));
    assertThat(report.facts()).containsEntry("ok", false).containsEntry("tasks", 3);
  }

  private static DemoReport report(int tasks, List<TaskRun> runs) {
    return DemoReport.of(tasks, runs, "node-2", KILLED, Duration.ofMillis(1_500), List.of());
  }

  private static TaskRun run(long millis, Task task) {
    return new TaskRun(FILE, task, Duration.ofMillis(millis).toNanos());
  }

  private static Task succeeded(Attempt... attempts) {
    return Task.newBuilder()
        .setId("t")
        .setState(TaskState.TASK_STATE_SUCCEEDED)
        .addAllAttempts(List.of(attempts))
        .setResult(result(HASH, 0))
        .build();
  }

  private static Payload result(String hash, int exitCode) {
    return Payload.newBuilder()
        .setContentType("application/json")
        .setData(
            ByteString.copyFromUtf8(
                "{\"exit_code\":"
                    + exitCode
                    + ",\"stdout\":\""
                    + hash
                    + "  /absent/file\\n\",\"stderr\":\"\"}"))
        .build();
  }

  private static Attempt attempt(String node, String incarnation, AttemptOutcome outcome) {
    return Attempt.newBuilder()
        .setNodeId(node)
        .setIncarnation(incarnation)
        .setOutcome(outcome)
        .build();
  }
}
