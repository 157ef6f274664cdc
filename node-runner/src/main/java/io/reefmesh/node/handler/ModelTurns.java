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
 * one, else the first that the endpoint lists.
 *
 * <p>A model without room is left alone for as long as its endpoint says, and the task is handed
 * back at no cost: with its whole type if the model is the node's own choice, alone if the payload
 * chose it, since other models may have room. Thread-safe.
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
  private final ModelCooldowns cooldowns;

  /** The endpoint's first model, once it was asked; empty before. */
  private volatile String firstModel = "";

  ModelTurns(EndpointSettings settings, URI baseUrl, Duration startCheck, LongSupplier nanoTime) {
    this.settings = settings;
    this.startCheck = startCheck;
    this.nanoTime = nanoTime;
    this.endpoint = new ChatEndpoint(baseUrl, settings);
    this.cooldowns = new ModelCooldowns(nanoTime);
  }

  /**
   * Asks the endpoint for its models, and waits for a bounded time. May be called again after a
   * failure.
   */
  void start() throws HandlerUnavailableException {
    ChatCalls calls = endpoint.newCalls();
    try {
      if (settings.model().isEmpty()) {
        firstModel = endpoint.firstModel(calls, startCheck);
      } else {
        endpoint.requireReachable(calls, startCheck);
      }
    } catch (TaskFailedException e) {
      throw new HandlerUnavailableException(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw new HandlerUnavailableException(
          String.valueOf(endpoint.failures().broken(e).getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HandlerUnavailableException("interrupted while asking the model endpoint");
    } finally {
      calls.cancel();
    }
  }

  /** Asks, passing the words of the answer on as they come. */
  TaskOutput run(TaskContext context, ChatRequest request)
      throws TaskFailedException, TaskRefusedException, InterruptedException {
    long began = nanoTime.getAsLong();
    ChatCalls calls = endpoint.newCalls();
    context.onCancel(calls::cancel);
    ChatTurn turn = new ChatTurn(endpoint, calls, request, context, settings);
    try {
      return timed(ask(turn, calls, request), nanoTime.getAsLong() - began);
    } catch (IOException e) {
      if (calls.isCancelled()) {
        throw new InterruptedException("cancelled");
      }
      throw endpoint.failures().broken(e);
    } finally {
      calls.cancel();
    }
  }

  private TaskOutput ask(ChatTurn turn, ChatCalls calls, ChatRequest request)
      throws IOException, InterruptedException, TaskFailedException, TaskRefusedException {
    String named = request.model().orElse(settings.model());
    String model = named.isEmpty() ? listedModel(calls) : named;
    requireRoom(model, request);
    try {
      TaskOutput output = answer(turn, calls, model, named.isEmpty());
      cooldowns.end(model);
      return output;
    } catch (ModelOverloadedException e) {
      Duration pause = cooldowns.begin(model, e.retryAfter());
      throw new TaskRefusedException(String.valueOf(e.getMessage()), pause, scope(model, request));
    }
  }

  private void requireRoom(String model, ChatRequest request) throws TaskRefusedException {
    Duration left = cooldowns.remaining(model);
    if (!left.isZero()) {
      throw new TaskRefusedException(
          "Model "
              + PayloadFields.shortened(model)
              + " had no room a moment ago and is left alone for another "
              + left.toSeconds()
              + " s",
          left,
          scope(model, request));
    }
  }

  private TaskRefusedException.Scope scope(String model, ChatRequest request) {
    String own = settings.model().isEmpty() ? firstModel : settings.model();
    boolean chosenByPayload = request.model().isPresent() && !model.equals(own);
    return chosenByPayload ? TaskRefusedException.Scope.TASK : TaskRefusedException.Scope.TYPE;
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

  private static TaskOutput timed(TaskOutput output, long nanos) {
    Usage usage = output.usage();
    Duration took = Duration.ofNanos(Math.max(0, nanos));
    return usage == null
        ? output
        : output.withUsage(usage.toBuilder().setDuration(HandlerFailures.toProto(took)).build());
  }
}
