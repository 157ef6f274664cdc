package io.reefmesh.node.handler;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A model endpoint and what it is used for. No secret shows when it is printed.
 *
 * @param section the first part of its settings' keys, for messages
 * @param api the language it speaks
 * @param baseUrl without a slash at the end; null: there is none
 * @param apiKey sent with each call; empty: none is sent
 * @param model the model to ask unless the payload names one; empty: the first that it lists
 * @param timeout how long it may be silent
 * @param outputLimitBytes the largest result
 * @param prices what its models cost
 */
public record EndpointSettings(
    String section,
    Api api,
    @Nullable URI baseUrl,
    Secret apiKey,
    String model,
    Duration timeout,
    int outputLimitBytes,
    PriceTable prices) {

  /** The section whose settings the usual variables of the environment stand in for. */
  static final String AGENT = "agent";

  /** Languages that endpoints speak. */
  public enum Api {
    /** OpenAI's chat completions, which most servers speak. */
    OPENAI,
    /** Anthropic's messages. */
    ANTHROPIC
  }

  /** Where its key can be set, for messages. */
  String keyNames() {
    return names("api-key", "API_KEY");
  }

  /** Where its model can be set, for messages. */
  String modelNames() {
    return names("model", "MODEL");
  }

  private String names(String key, String variable) {
    String setting = section + "." + key;
    return section.equals(AGENT) ? setting + " or " + api.name() + "_" + variable : setting;
  }
}
