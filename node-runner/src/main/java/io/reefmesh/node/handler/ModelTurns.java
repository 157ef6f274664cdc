package io.reefmesh.node.handler;

import io.reefmesh.node.HandlerUnavailableException;
import io.reefmesh.node.TaskContext;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.node.TaskRefusedException;
import io.reefmesh.node.work.HandlerFailures;
import io.reefmesh.v1.Usage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Questions to one model endpoint. The model is the one that the request names, else the configured
 * one, else the first that the endpoint lists. Thread-safe.
 */
final class ModelTurns {

  /** How long the endpoint has to prove that it is there, before the node says Hello. */
  static final Duration START_CHECK = Duration.ofSeconds(5);

  private static final int OK = 200;
  private static final int NOT_FOUND = 404;

  private final EndpointSettings settings;
  private final ChatEndpoint endpoint;
  private final Duration startCheck;
  private final LongSupplier nanoTime;
  private final ModelRoom room;

  /** The endpoint's first model, once it was asked; empty before. */
  private volatile String firstModel = "";

  ModelTurns(EndpointSettings settings, URI baseUrl, Duration startCheck, LongSupplier nanoTime) {
    this.settings = settings;
    this.startCheck = startCheck;
    this.nanoTime = nanoTime;
    this.endpoint = new ChatEndpoint(baseUrl, settings);
    this.room = new ModelRoom(nanoTime);
  }

  /**
   * Asks the endpoint for its models, and waits for a bounded time. May be called again after a
   * failure.
   */
  void start() throws HandlerUnavailableException {
    endpoint.start(
        calls -> {
          if (settings.model().isEmpty()) {
            firstModel = endpoint.firstModel(calls, startCheck);
          } else {
            endpoint.requireReachable(calls, startCheck);
          }
        });
  }

  /** Asks, passing the words of the answer on as they come. */
  TaskOutput run(TaskContext context, ChatRequest request)
      throws TaskFailedException, TaskRefusedException, InterruptedException {
    long began = nanoTime.getAsLong();
    TaskOutput output =
        endpoint.during(
            context,
            calls ->
                ask(new ChatTurn(endpoint, calls, request, context, settings), calls, request));
    return timed(output, nanoTime.getAsLong() - began);
  }

  private TaskOutput ask(ChatTurn turn, ChatCalls calls, ChatRequest request)
      throws IOException, InterruptedException, TaskFailedException, TaskRefusedException {
    String named = request.model().orElse(settings.model());
    String model = named.isEmpty() ? listedModel(calls) : named;
    String own = settings.model().isEmpty() ? firstModel : settings.model();
    return room.ask(
        model,
        request.model().isPresent() && !model.equals(own),
        () -> answer(turn, calls, model, named.isEmpty()));
  }

  private TaskOutput answer(ChatTurn turn, ChatCalls calls, String model, boolean listed)
      throws IOException, InterruptedException, TaskFailedException {
    String asked = model;
    HttpResponse<ResponseBody> response = turn.ask(asked);
    if (response.statusCode() == NOT_FOUND && listed) {
      TaskFailedException refusal = endpoint.refusal(response);
      String listedNow = endpoint.firstModel(calls, endpoint.silence());
      firstModel = listedNow;
      if (listedNow.equals(asked)) {
        throw refusal;
      }
      asked = listedNow;
      response = turn.ask(asked);
    }
    if (response.statusCode() != OK) {
      throw endpoint.refusal(response);
    }
    return turn.read(response, asked);
  }

  private String listedModel(ChatCalls calls)
      throws IOException, InterruptedException, TaskFailedException {
    String known = firstModel;
    if (known.isEmpty()) {
      known = endpoint.firstModel(calls, endpoint.silence());
      firstModel = known;
    }
    return known;
  }

  /** The same with the time it took, if it tells what it took at all. */
  static TaskOutput timed(TaskOutput output, long nanos) {
    Usage usage = output.usage();
    Duration took = Duration.ofNanos(Math.max(0, nanos));
    return usage == null
        ? output
        : output.withUsage(usage.toBuilder().setDuration(HandlerFailures.toProto(took)).build());
  }
}
