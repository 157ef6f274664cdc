package io.reefmesh.client;

import java.util.UUID;

/**
 * How a task is submitted.
 *
 * @param requestId makes repeats of the submission, within 24 h and one project, the same task.
 *     Give one of your own to keep a task single over restarts of your program. 1-128 characters.
 */
public record SubmitOptions(String requestId) {

  private static final int MAX_REQUEST_ID_CHARS = 128;

  /** Checks the request id. */
  public SubmitOptions {
    if (requestId.isEmpty() || requestId.length() > MAX_REQUEST_ID_CHARS) {
      throw new IllegalArgumentException(
          "a request id has 1 to "
              + MAX_REQUEST_ID_CHARS
              + " characters, not "
              + requestId.length());
    }
  }

  /** A new random request id: a new task, however often its submission is repeated on the way. */
  public static SubmitOptions newTask() {
    return new SubmitOptions(UUID.randomUUID().toString());
  }
}
