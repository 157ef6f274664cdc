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
