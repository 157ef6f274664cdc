package io.reefmesh.node.handler;

import io.reefmesh.node.HandlerUnavailableException;
import io.reefmesh.node.TaskContext;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskHandler;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.node.handler.HandlerSettings.AgentSettings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Set;

/**
 * Asks a language model behind an OpenAI-compatible endpoint, and passes its words on as they come.
 * The model is the one that the payload names, else the configured one, else the first that the
 * endpoint lists. Trouble that may pass (overload, a broken connection) is retryable; what the
 * endpoint refuses is not.
 */
final class AgentTurnHandler implements TaskHandler {

  /** How long the endpoint has to prove that it is there, before the node says Hello. */
  static final Duration START_CHECK = Duration.ofSeconds(5);

  private static final int OK = 200;
  private static final int NOT_FOUND = 404;

  private final AgentSettings settings;
  private final ChatEndpoint endpoint;
  private final Duration startCheck;

  /** The endpoint's first model, once it was asked; empty before. */
  private volatile String firstModel = "";

  AgentTurnHandler(AgentSettings settings, URI baseUrl, Duration startCheck) {
    this.settings = settings;
    this.startCheck = startCheck;
    this.endpoint = new ChatEndpoint(baseUrl, settings);
  }

  @Override
  public String type() {
    return "agent-turn";
  }

  @Override
  public Set<String> capabilities() {
    return Set.of("llm");
  }

  /**
   * Asks the endpoint for its models, and waits for a bounded time. May be called again after a
   * failure.
   */
  @Override
  public void start() throws HandlerUnavailableException {
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

  @Override
  public TaskOutput handle(TaskContext context) throws TaskFailedException, InterruptedException {
    ChatRequest request = ChatRequest.parse(context);
    ChatCalls calls = endpoint.newCalls();
    context.onCancel(calls::cancel);
    ChatTurn turn = new ChatTurn(endpoint, calls, request, context, settings.outputLimitBytes());
    try {
      return run(turn, calls, request);
    } catch (IOException e) {
      if (calls.isCancelled()) {
        throw new InterruptedException("cancelled");
      }
      throw endpoint.failures().broken(e);
    } finally {
      calls.cancel();
    }
  }

  private TaskOutput run(ChatTurn turn, ChatCalls calls, ChatRequest request)
      throws IOException, InterruptedException, TaskFailedException {
    String named = request.model().orElse(settings.model());
    String model = named.isEmpty() ? listedModel(calls) : named;
    HttpResponse<ResponseBody> response = turn.ask(model);
    if (response.statusCode() == NOT_FOUND && named.isEmpty()) {
      TaskFailedException refusal = endpoint.refusal(response);
      String listedNow = endpoint.firstModel(calls, endpoint.silence());
      firstModel = listedNow;
      if (listedNow.equals(model)) {
        throw refusal;
      }
      model = listedNow;
      response = turn.ask(model);
    }
    if (response.statusCode() != OK) {
      throw endpoint.refusal(response);
    }
    return turn.read(response, model);
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
}
