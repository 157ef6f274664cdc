package io.reefmesh.cli.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.reefmesh.client.Payloads;
import io.reefmesh.v1.Attempt;
import io.reefmesh.v1.AttemptOutcome;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskState;
import java.util.Optional;

/**
 * One task of the demo, at its end.
 *
 * @param file what it was to hash
 * @param task in its final state
 * @param nanos from the submission to the outcome, as the demo saw them
 */
record TaskRun(HashedFile file, Task task, long nanos) {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  boolean succeeded() {
    return task.getState() == TaskState.TASK_STATE_SUCCEEDED;
  }

  /** What is wrong with it; empty if it succeeded with the right hash. */
  Optional<String> fault() {
    String begin = "task " + task.getId() + " (" + file.path() + "): ";
    if (!succeeded()) {
      return Optional.of(begin + task.getState() + " " + task.getFailure().getMessage());
    }
    JsonNode result = result();
    Optional<String> hash = Sha256Program.hashIn(result.path("stdout").asText());
    if (result.path("exit_code").asInt(-1) != 0 || hash.isEmpty()) {
      return Optional.of(begin + "no hash in " + result);
    }
    return file.matches(hash.get())
        ? Optional.empty()
        : Optional.of(begin + "the mesh says " + hash.get() + ", and it is " + file.sha256());
  }

  /** The node that gave the outcome; empty if none did. */
  String node() {
    return task.getAttemptsCount() == 0
        ? ""
        : task.getAttempts(task.getAttemptsCount() - 1).getNodeId();
  }

  /**
   * Whether one process life of a node had it and did not finish it, and a later attempt succeeded.
   */
  boolean movedFrom(String incarnation) {
    return succeeded()
        && task.getAttemptsList().stream()
            .limit(Math.max(0, task.getAttemptsCount() - 1))
            .anyMatch(attempt -> isUnfinished(attempt, incarnation));
  }

  private static boolean isUnfinished(Attempt attempt, String incarnation) {
    return attempt.getIncarnation().equals(incarnation)
        && attempt.getOutcome() != AttemptOutcome.ATTEMPT_OUTCOME_SUCCEEDED;
  }

  private JsonNode result() {
    try {
      return MAPPER.readTree(Payloads.text(task.getResult()));
    } catch (JsonProcessingException e) {
      return MAPPER.missingNode();
    }
  }
}
