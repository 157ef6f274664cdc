package io.reefmesh.client;

import io.grpc.Channel;
import io.reefmesh.v1.ExplainTaskResponse;
import io.reefmesh.v1.ListTasksRequest;
import io.reefmesh.v1.RetryTasksRequest;
import io.reefmesh.v1.RetryTasksResponse;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskFilter;
import io.reefmesh.v1.TaskSpec;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A caller's way into a mesh: submit tasks, follow them, cancel them. Make one and share it; it is
 * thread-safe, holds two connections per gateway and uses no thread per call.
 *
 * <p>Blocking methods throw a {@link MeshException} when the call fails, also when the thread is
 * interrupted (the interrupt stays set); futures fail with the same exceptions. Blocking methods
 * refuse to be called inside a callback on a network thread with an {@link IllegalStateException}.
 *
 * <p>Calls are repeated as {@link CallRetry} says; a submission carries a request id, so that a
 * repeat never makes a second task.
 */
public final class MeshClient implements AutoCloseable {

  private final GatewayCalls calls;
  private final TaskCalls tasks;
  private final FleetClient fleet;

  MeshClient(GatewayCalls calls) {
    this.calls = calls;
    this.tasks = new TaskCalls(calls);
    this.fleet = new FleetClient(calls);
  }

  /** Starts a client. */
  public static Builder builder() {
    return new Builder();
  }

  /** Submits a new task; returns at once. */
  public TaskHandle submit(TaskSpec spec) {
    return submit(spec, SubmitOptions.newTask());
  }

  /** Submits a task; returns at once. Refusals are told by the handle's futures. */
  public TaskHandle submit(TaskSpec spec, SubmitOptions options) {
    return new TaskHandle(tasks, spec, options).start();
  }

  /**
   * Submits a task and waits until it succeeded, which takes as long as it takes: the task's own
   * timeouts are the limit. An interrupt ends the wait and leaves the task to itself.
   *
   * @throws TaskOutcomeException if it failed, expired or was cancelled
   * @throws MeshException if it was not accepted or could not be followed to its end
   */
  public Task run(TaskSpec spec) throws InterruptedException {
    Waiting.requireMayBlock();
    TaskHandle handle = submit(spec);
    try {
      return Outcomes.requireSuccess(Waiting.on(handle.outcome()));
    } finally {
      handle.detach();
    }
  }

  /** Submits a task; the future completes when it succeeded and fails as {@link #run} does. */
  public CompletableFuture<Task> runAsync(TaskSpec spec) {
    return submit(spec).outcome().thenApply(Outcomes::requireSuccess);
  }

  /**
   * Follows a task from its beginning, as far as the gateway keeps it.
   *
   * @throws MeshOverloadedException if this client follows too many already
   */
  public TaskWatch watch(String id, TaskListener listener) {
    return watch(id, "", listener);
  }

  /**
   * Follows a task from where another watch has got to.
   *
   * @param cursor of a {@link TaskWatch}, empty for the beginning
   * @throws MeshOverloadedException if this client follows too many already
   */
  public TaskWatch watch(String id, String cursor, TaskListener listener) {
    tasks.requireRoom();
    return tasks.watch(id, cursor, listener).start();
  }

  /**
   * A task as it stands.
   *
   * @throws TaskNotFoundException if the project has none with this id
   */
  public Task get(String id) {
    return Waiting.briefly(getAsync(id));
  }

  /** A task as it stands; fails with {@link TaskNotFoundException} if there is none. */
  public CompletableFuture<Task> getAsync(String id) {
    return tasks.get(id);
  }

  /**
   * A page of tasks without their payloads and results, newest first.
   *
   * @param pageSize 1-1000, 0 for the gateway's default
   * @param pageToken of the page before, empty for the first
   */
  public TaskPage list(TaskFilter filter, int pageSize, String pageToken) {
    return list(pageRequest(filter, pageSize, pageToken));
  }

  /** A page of tasks, with every choice that the wire offers but the form of payloads. */
  public TaskPage list(ListTasksRequest request) {
    return Waiting.briefly(listAsync(request));
  }

  /** A page of tasks, with every choice that the wire offers but the form of payloads. */
  public CompletableFuture<TaskPage> listAsync(ListTasksRequest request) {
    return tasks.list(request);
  }

  /**
   * All tasks that match, newest first, without payloads and results. Pages are fetched while the
   * iteration goes on; it blocks and throws as {@link #list} does. Tasks that arrive meanwhile are
   * not in it.
   */
  public Iterable<Task> listAll(TaskFilter filter) {
    return new Pages<>(
        token -> {
          TaskPage page = list(pageRequest(filter, 0, token));
          return new Pages.Page<>(page.tasks(), page.nextPageToken());
        });
  }

  /**
   * Ends a task that has not ended; gives the task as it then stands: cancelled, or the outcome it
   * already had.
   *
   * @param reason kept with the task, for people; at most 256 characters
   * @throws TaskNotFoundException if the project has none with this id
   */
  public Task cancel(String id, String reason) {
    return Waiting.briefly(cancelAsync(id, reason));
  }

  /** As {@link #cancel}, without blocking. */
  public CompletableFuture<Task> cancelAsync(String id, String reason) {
    return tasks.cancel(id, reason);
  }

  /**
   * Opens a stream for many submissions; see {@link TaskStream}. It connects with the first one.
   */
  public TaskStream openTaskStream(TaskStreamOptions options) {
    return new TaskStream(calls, tasks, options);
  }

  /** Runs a failed, cancelled or expired task again; gives the new task. */
  public Task retry(String id) {
    return Waiting.briefly(retryAsync(id, SubmitOptions.newTask()));
  }

  /**
   * Runs a failed, cancelled or expired task again: as a new task with the same specification, at
   * the tail of its session, linked to the old one by its {@code retry_of}. A repeat with the same
   * request id gives the same new task.
   *
   * <p>Fails with {@link TaskNotFoundException}, and with a {@link MeshException} of code
   * FAILED_PRECONDITION and reason TASK_NOT_RETRYABLE for a task in any other state, which its
   * metadata names.
   */
  public CompletableFuture<Task> retryAsync(String id, SubmitOptions options) {
    return tasks.retry(id, options.requestId());
  }

  /**
   * Runs a page of failed, cancelled or expired tasks again, oldest first. Go on with the answer's
   * {@code next_page_token} and the same request id until there is none.
   */
  public RetryTasksResponse retryAll(RetryTasksRequest request) {
    return Waiting.briefly(retryAllAsync(request));
  }

  /** As {@link #retryAll}, without blocking. */
  public CompletableFuture<RetryTasksResponse> retryAllAsync(RetryTasksRequest request) {
    return tasks.retryAll(request);
  }

  /**
   * Why a task waits, with a verdict on every node; where it runs; or what became of it.
   *
   * @throws TaskNotFoundException if the project has none with this id
   */
  public ExplainTaskResponse explain(String id) {
    return Waiting.briefly(explainAsync(id));
  }

  /** As {@link #explain}, without blocking. */
  public CompletableFuture<ExplainTaskResponse> explainAsync(String id) {
    return tasks.explain(id);
  }

  /** The nodes and the mesh as a whole. */
  public FleetClient fleet() {
    return fleet;
  }

  /**
   * Ends everything under way: futures fail with {@link MeshClosedException}. Tasks that were
   * accepted go on. A channel given to the builder stays open. Closing twice does nothing more.
   */
  @Override
  public void close() {
    calls.close();
  }

  private static ListTasksRequest pageRequest(TaskFilter filter, int pageSize, String pageToken) {
    return ListTasksRequest.newBuilder()
        .setFilter(filter)
        .setPageSize(pageSize)
        .setPageToken(pageToken)
        .build();
  }

  /** Collects a client. Not thread-safe. */
  public static final class Builder {

    private static final Pattern PROJECT = Pattern.compile("[\\x21-\\x7e]{1,128}");

    private @Nullable MeshTarget target;
    private @Nullable Channel channel;
    private String project = "";
    private String userAgentSuffix = "";
    private Duration callTimeout = Duration.ofSeconds(10);
    private CallRetry retry = CallRetry.standard();
    private Duration followFor = Duration.ofMinutes(15);
    private Executor callbacks = DirectCallbacks.INSTANCE;
    private int maxOpenTasks = 10_000;
    private @Nullable Timers timers;

    private Builder() {}

    /**
     * Where the gateway is: one or more addresses, each as {@link MeshTarget} reads them.
     *
     * @throws IllegalArgumentException if an address cannot be read
     */
    public Builder target(String... addresses) {
      return target(MeshTarget.of(String.join(",", addresses)));
    }

    /** Where the gateway is and how to hold the connection to it. */
    public Builder target(MeshTarget value) {
      target = value;
      return this;
    }

    /**
     * A channel to use instead of dialling one, for example in a process with its gateway. It is
     * not closed with the client.
     */
    public Builder channel(Channel value) {
      channel = value;
      return this;
    }

    /** The project that tasks belong to, 1-128 visible ASCII characters. Default: the gateway's. */
    public Builder project(String value) {
      if (!PROJECT.matcher(value).matches()) {
        throw new IllegalArgumentException(
            "a project has 1 to 128 visible ASCII characters: \"" + value + "\"");
      }
      project = value;
      return this;
    }

    /** Appended to the user agent, for example "my-bot/1.2". Not with a given channel. */
    public Builder userAgentSuffix(String value) {
      userAgentSuffix = value;
      return this;
    }

    /** How long one attempt of a call may take, watches excepted. Default 10 s. */
    public Builder callTimeout(Duration value) {
      callTimeout = TimeLimits.require(value, "call timeout");
      return this;
    }

    /** How calls are repeated. Default {@link CallRetry#standard()}. */
    public Builder retry(CallRetry value) {
      retry = value;
      return this;
    }

    /**
     * How long the gateway may stay away before watches and handles give up on it. Default 15 min.
     */
    public Builder followFor(Duration value) {
      followFor = TimeLimits.require(value, "follow time");
      return this;
    }

    /**
     * Where listeners are called and futures complete. Default: on the network threads, so that
     * nothing there may block. With an executor of two or more threads callbacks may take their
     * time. It must outlive the client.
     */
    public Builder callbackExecutor(Executor value) {
      callbacks = value;
      return this;
    }

    /**
     * How many tasks may be followed, and calls be under way, at once; more are refused with {@link
     * MeshOverloadedException}. Default 10,000.
     */
    public Builder maxOpenTasks(int value) {
      if (value < 1) {
        throw new IllegalArgumentException("max open tasks must be at least 1, not " + value);
      }
      maxOpenTasks = value;
      return this;
    }

    Builder timers(Timers value) {
      timers = value;
      return this;
    }

    /**
     * The client. It connects with the first call.
     *
     * @throws IllegalStateException unless exactly one of target and channel was given
     */
    public MeshClient build() {
      GatewayChannels channels = channels();
      return new MeshClient(
          new GatewayCalls(
              project.isEmpty() ? channels : channels.forProject(project),
              new CallSettings(callTimeout, retry, followFor, callbacks, maxOpenTasks),
              timers != null ? timers : new DaemonTimers()));
    }

    private GatewayChannels channels() {
      if (channel != null && target == null && userAgentSuffix.isEmpty()) {
        return GatewayChannels.given(channel);
      }
      if (channel == null && target != null) {
        return GatewayChannels.dial(
            userAgentSuffix.isEmpty()
                ? target
                : target.toBuilder().userAgentSuffix(userAgentSuffix).build());
      }
      throw new IllegalStateException(
          "a client needs a target (the gateway's host:port), or else a channel without anything"
              + " that belongs to dialling");
    }
  }
}
