package io.reefmesh.client;

import io.reefmesh.v1.Task;
import java.util.List;

/**
 * A page of tasks, newest first.
 *
 * @param tasks may be fewer than were asked for although more follow
 * @param nextPageToken for the next page; empty when there is none
 */
public record TaskPage(List<Task> tasks, String nextPageToken) {

  /** Copies the list. */
  public TaskPage {
    tasks = List.copyOf(tasks);
  }
}
