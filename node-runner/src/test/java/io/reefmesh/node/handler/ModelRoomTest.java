package io.reefmesh.node.handler;

import static io.reefmesh.node.handler.ScriptedEndpoint.delta;
import static io.reefmesh.node.handler.ScriptedEndpoint.end;
import static io.reefmesh.node.handler.ScriptedEndpoint.status;
import static io.reefmesh.node.handler.ScriptedEndpoint.stream;
import static org.assertj.core.api.Assertions.assertThat;

import io.reefmesh.node.TaskRefusedException;
import io.reefmesh.node.TaskRefusedException.Scope;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A model without room: the task goes elsewhere, and the model is left alone for a while. */
@Timeout(60)
final class ModelRoomTest {

  private static final String OPENCLAW = "x-openclaw-session-key";

  private final ScriptedEndpoint endpoint;
  private volatile long nowNanos;

  ModelRoomTest() throws Exception {
    endpoint = new ScriptedEndpoint();
    endpoint.models("tiny");
  }

  @AfterEach
  void stopEndpoint() {
    endpoint.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 503})
  void shouldHandTheTypeBackForAsLongAsTheEndpointAsks(int status) throws Exception {
    endpoint.chat(status(status, "{\"error\":{\"message\":\"slow down\"}}", "Retry-After", "7"));

    TaskRefusedException refusal = refusal(handler("m"), "");

    assertThat(refusal.scope()).isEqualTo(Scope.TYPE);
    assertThat(refusal.retryAfter()).isEqualTo(Duration.ofSeconds(7));
    assertThat(refusal).hasMessageContaining("HTTP " + status + ": slow down");
  }

  @Test
  void shouldNotAskAgainBeforeTheTimeHasPassed() throws Exception {
    // given
    endpoint.chat(
        status(429, "{}", "Retry-After", "7"), stream(delta("ok") + end()), status(429, "{}"));
    ModelHandler handler = handler("");
    refusal(handler, "");

    // when
    nowNanos = Duration.ofSeconds(3).toNanos();
    TaskRefusedException early = refusal(handler, "");

    // then
    assertThat(early.scope()).isEqualTo(Scope.TYPE);
    assertThat(early.retryAfter()).isEqualTo(Duration.ofSeconds(4));
    assertThat(endpoint.calls("chat/completions")).hasSize(1);
    nowNanos = Duration.ofSeconds(7).toNanos();
    assertThat(handler.handle(prompt("")).payload().toStringUtf8()).contains("ok");
    assertThat(refusal(handler, "").retryAfter()).isEqualTo(ModelCooldowns.FIRST);
  }

  @Test
  void shouldHandBackOnlyTheTaskWhenItsPayloadChoseTheModel() throws Exception {
    // given
    endpoint.chat(status(429, "{}", "Retry-After", "7"), stream(delta("ok") + end()));
    ModelHandler handler = handler("own");

    // when
    TaskRefusedException refusal = refusal(handler, "other");

    // then
    assertThat(refusal.scope()).isEqualTo(Scope.TASK);
    assertThat(refusal(handler, "other").scope()).isEqualTo(Scope.TASK);
    assertThat(endpoint.calls("chat/completions")).hasSize(1);
    assertThat(handler.handle(prompt("")).payload().toStringUtf8()).contains("ok");
  }

  @ParameterizedTest
  @CsvSource({"'',false", "half,true"})
  void shouldFailInsteadWhenThereIsNoRoomForTheRest(String before, boolean fails) throws Exception {
    endpoint.chat(
        stream(
            (before.isEmpty() ? "" : delta(before))
                + "data: {\"error\":{\"type\":\"rate_limit_error\",\"message\":\"no\"}}\n\n"));

    Throwable thrown = RunningAttempt.begin(handler("m"), prompt("")).failure();

    assertThat(thrown instanceof TaskRefusedException).isNotEqualTo(fails);
  }

  @ParameterizedTest
  @CsvSource({
    "openclaw,      s-1,   reefmesh:default:s-1",
    "openclaw/cook, s-1,   reefmesh:default:s-1",
    "openclaw:cook, 'a:b c', reefmesh:default:a%3Ab+c",
    "agent:cook,    s-1,   reefmesh:default:s-1",
    "openclaw/cook, '',",
    "openclawish,   s-1,",
    "tiny,          s-1,",
  })
  void shouldNameTheSessionToOpenClawAgents(String model, String session, String expected)
      throws Exception {
    endpoint.chat(stream(delta("ok") + end()));

    handler(model).handle(prompt("").inSession(session));

    assertThat(endpoint.calls("chat/completions").get(0).headers().get(OPENCLAW))
        .isEqualTo(expected);
    assertThat(endpoint.calls("chat/completions").get(0).body())
        .contains("\"model\":\"" + model + "\"");
  }

  private ModelHandler handler(String model) throws Exception {
    ModelHandler handler =
        ModelHandler.agentTurn(
            Endpoints.openAi(endpoint.baseUrl(), Secret.NONE, model),
            endpoint.baseUrl(),
            Endpoints.PATIENCE,
            () -> nowNanos);
    handler.start();
    return handler;
  }

  private static TaskRefusedException refusal(ModelHandler handler, String model) throws Exception {
    Throwable thrown = RunningAttempt.begin(handler, prompt(model)).failure();
    assertThat(thrown).isInstanceOf(TaskRefusedException.class);
    return (TaskRefusedException) thrown;
  }

  private static RecordingContext prompt(String model) {
    return RecordingContext.json("agent-turn", "{\"prompt\":\"Hi\",\"model\":\"" + model + "\"}");
  }
}
