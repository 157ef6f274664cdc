package io.reefmesh.chaos;

import io.reefmesh.chaos.history.History;
import io.reefmesh.chaos.history.Submission;
import io.reefmesh.chaos.proxy.FaultyProxy;
import io.reefmesh.client.MeshClient;
import io.reefmesh.client.MeshException;
import io.reefmesh.client.SubmitOptions;
import io.reefmesh.client.TaskHandle;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskFilter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** A patient client that reads everything when the faults are over. */
final class Observer implements AutoCloseable {

  private static final int AT_ONCE = 64;
  private static final int EXPLAINED = 5;

  /** From here on the list is the quicker way to see who has ended. */
  private static final int MANY = 500;

  private final History history;
  private final MeshClient client;

  Observer(FaultyProxy proxy, History history) {
    this.history = history;
    this.client = MeshClient.builder().target(proxy.address()).build();
  }

  MeshClient client() {
    return client;
  }

  /** Submissions of which nobody knows whether they were accepted are made once more. */
  void decideUnknown(long endNanos) {
    for (Submission submission : history.submissions()) {
      while (submission.isUnknown() && System.nanoTime() < endNanos) {
        submit(submission);
      }
    }
  }

  private void submit(Submission submission) {
    long asked = System.nanoTime();
    TaskHandle handle = client.submit(submission.spec(), new SubmitOptions(submission.requestId()));
    try {
      Task task = handle.submitted().join();
      history.acknowledged(submission, task);
      history.seen(task, true, "the observer's repeated submit", asked);
    } catch (MeshException | CompletionException e) {
      // Once more, while there is time.
    } finally {
      handle.detach();
    }
  }

  /** Asks for every task that has not ended, until all have. */
  void awaitAll(long endNanos) throws InterruptedException {
    while (true) {
      List<String> open = history.open();
      if (open.isEmpty() || System.nanoTime() > endNanos) {
        return;
      }
      if (open.size() > MANY) {
        listAll();
      } else {
        read(open);
      }
      TimeUnit.MILLISECONDS.sleep(300);
    }
  }

  /** Reads every task that was acknowledged, once more. */
  void readAll() throws InterruptedException {
    List<String> ids = new ArrayList<>();
    history.submissions().forEach(submission -> ids.addAll(submission.taskIds()));
    read(ids);
  }

  private void read(Collection<String> ids) throws InterruptedException {
    Semaphore window = new Semaphore(AT_ONCE);
    for (String id : ids) {
      window.acquire();
      long asked = System.nanoTime();
      var unused =
          client
              .getAsync(id)
              .whenComplete(
                  (task, why) -> {
                    window.release();
                    if (task != null) {
                      history.seen(task, true, "the observer's get", asked);
                    }
                  });
    }
    window.acquire(AT_ONCE);
  }

  /** Every task that the mesh lists. */
  List<Task> listAll() {
    long asked = System.nanoTime();
    List<Task> all = new ArrayList<>();
    client.listAll(TaskFilter.getDefaultInstance()).forEach(all::add);
    all.forEach(task -> history.seen(task, false, "the observer's list", asked));
    return all;
  }

  /** Where some tasks stand, for people. */
  String explain(List<String> ids) {
    StringBuilder text = new StringBuilder();
    for (String id : ids.subList(0, Math.min(EXPLAINED, ids.size()))) {
      try {
        Task task = client.get(id);
        text.append(id)
            .append(' ')
            .append(task.getState())
            .append(' ')
            .append(task.getWaitReason().getMessage())
            .append(" attempts ")
            .append(task.getAttemptsList())
            .append("; ");
      } catch (MeshException e) {
        text.append(id).append(' ').append(e.getMessage()).append("; ");
      }
    }
    return text.toString();
  }

  @Override
  public void close() {
    client.close();
  }
}
