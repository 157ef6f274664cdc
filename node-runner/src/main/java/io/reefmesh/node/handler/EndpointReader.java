package io.reefmesh.node.handler;

import io.reefmesh.config.Settings;
import io.reefmesh.config.SettingsException;
import io.reefmesh.node.handler.EndpointSettings.Api;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the settings of model endpoints. Stateless. */
final class EndpointReader {

  private static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(2);
  private static final Duration WEB_TIMEOUT = Duration.ofSeconds(20);
  private static final Duration SHORTEST_TIMEOUT = Duration.ofMillis(100);
  private static final Duration LONGEST_TIMEOUT = Duration.ofHours(1);

  private EndpointReader() {}

  /**
   * The endpoint of {@code agent-turn}; the usual variables count where the settings are silent.
   */
  static EndpointSettings agent(Settings settings, Map<String, String> environment) {
    Api api =
        Api.valueOf(
            settings.choice("agent.api", "openai", "openai", "anthropic").toUpperCase(Locale.ROOT));
    String url = settings.text("agent.base-url", usual(environment, api, "BASE_URL"));
    String key = settings.text("agent.api-key", usual(environment, api, "API_KEY"));
    String model = settings.text("agent.model", usual(environment, api, "MODEL"));
    return new EndpointSettings(
        EndpointSettings.AGENT,
        api,
        baseUrl("agent.base-url", url),
        apiKey("agent.api-key (or " + api.name() + "_API_KEY)", key),
        model.strip(),
        settings.duration("agent.timeout", DEFAULT_TIMEOUT, SHORTEST_TIMEOUT, LONGEST_TIMEOUT),
        HandlerSettings.outputLimit(settings, "agent.output-limit"),
        PriceTable.parse("agent.prices", settings.map("agent.prices", Map.of())));
  }

  /** The endpoint of {@code image-analysis}; null address: not offered. */
  static EndpointSettings vision(Settings settings, EndpointSettings agent) {
    return beside(
        agent,
        "vision",
        settings.text("vision.base-url", ""),
        settings.text("vision.api-key", ""),
        settings.text("vision.model", ""));
  }

  /** The endpoint of {@code speech-transcription}; null address: not offered. */
  static EndpointSettings speech(Settings settings, EndpointSettings agent) {
    return openAi(
        beside(
            agent,
            "speech",
            settings.text("speech.base-url", ""),
            settings.text("speech.api-key", ""),
            settings.text("speech.model", "")));
  }

  /** The endpoint of embeddings for memory; null address: memory goes by words. */
  static EndpointSettings memory(Settings settings, EndpointSettings agent) {
    EndpointSettings memory =
        openAi(
            beside(
                agent,
                "memory",
                settings.text("memory.base-url", ""),
                settings.text("memory.api-key", ""),
                settings.text("memory.model", "")));
    if (memory.baseUrl() != null && memory.model().isEmpty()) {
      throw new SettingsException(
          "memory.base-url is set but memory.model is not: name the model that makes embeddings");
    }
    return memory;
  }

  /** The endpoint of {@code web-search}; null address: not offered. */
  static EndpointSettings web(Settings settings) {
    return new EndpointSettings(
        "web",
        Api.OPENAI,
        baseUrl("web.base-url", settings.text("web.base-url", "")),
        apiKey("web.api-key", settings.text("web.api-key", "")),
        "",
        settings.duration("web.timeout", WEB_TIMEOUT, SHORTEST_TIMEOUT, LONGEST_TIMEOUT),
        HandlerSettings.outputLimit(settings, "web.limit"),
        PriceTable.EMPTY);
  }

  /** An endpoint of its own, or with only a model named, the agent's. */
  private static EndpointSettings beside(
      EndpointSettings agent, String section, String url, String key, String model) {
    URI own = baseUrl(section + ".base-url", url);
    Secret ownKey = apiKey(section + ".api-key", key);
    boolean shared = own == null && !model.isBlank();
    if (shared && agent.baseUrl() == null) {
      throw new SettingsException(
          section + ".model has no endpoint: set " + section + ".base-url or agent.base-url");
    }
    return new EndpointSettings(
        section,
        own == null ? agent.api() : Api.OPENAI,
        shared ? agent.baseUrl() : own,
        // The agent's key is for the agent's host alone.
        shared && ownKey.isEmpty() ? agent.apiKey() : ownKey,
        model.strip(),
        agent.timeout(),
        agent.outputLimitBytes(),
        agent.prices());
  }

  private static EndpointSettings openAi(EndpointSettings endpoint) {
    if (endpoint.baseUrl() != null && endpoint.api() != Api.OPENAI) {
      throw new SettingsException(
          endpoint.section()
              + ".model needs an OpenAI-compatible endpoint, which agent.base-url is not: set "
              + endpoint.section()
              + ".base-url");
    }
    return endpoint;
  }

  private static String usual(Map<String, String> environment, Api api, String name) {
    return environment.getOrDefault(api.name() + "_" + name, "");
  }

  /**
   * An address that paths can be added to; null: there is none. The text is never repeated in the
   * error: an address may carry a password.
   */
  static @Nullable URI baseUrl(String key, String given) {
    String text = given.strip();
    if (text.isEmpty()) {
      return null;
    }
    URI uri = parse(key, text);
    boolean web =
        "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
    if (!web || uri.getHost() == null) {
      throw new SettingsException(key + " must be an address such as https://api.openai.com/v1");
    }
    if (uri.getRawUserInfo() != null || uri.getRawQuery() != null || uri.getFragment() != null) {
      throw new SettingsException(
          key
              + " must hold no user, query or fragment: give a key as "
              + key.replace("base-url", "api-key"));
    }
    return parse(key, uri.toString().replaceAll("/+$", ""));
  }

  private static URI parse(String key, String text) {
    try {
      return URI.create(text);
    } catch (IllegalArgumentException e) {
      throw new SettingsException(key + " is not a valid address");
    }
  }

  static Secret apiKey(String names, String given) {
    String key = given.strip();
    if (key.chars().anyMatch(c -> c <= ' ' || c > '~')) {
      throw new SettingsException(
          names + " holds a blank or a character that no key has: was it copied whole?");
    }
    return Secret.of(key);
  }
}
