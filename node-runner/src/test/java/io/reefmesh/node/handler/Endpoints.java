package io.reefmesh.node.handler;

import io.reefmesh.node.handler.EndpointSettings.Api;
import java.net.URI;
import java.time.Duration;
import java.util.Map;

/** Settings of endpoints for tests: patient, 8 KiB of output, a price for models like tiny. */
final class Endpoints {

  static final int LIMIT = 8 << 10;

  /** Generous: the first test starts an HTTP client on a cold machine. */
  static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Two millionths for a token in, ten for a token out. */
  static final PriceTable PRICES = PriceTable.parse("agent.prices", Map.of("tiny*", "2/10"));

  private Endpoints() {}

  static EndpointSettings openAi(URI url, Secret key, String model) {
    return of(Api.OPENAI, url, key, model, PATIENCE);
  }

  static EndpointSettings of(Api api, URI url, Secret key, String model, Duration silence) {
    return new EndpointSettings("agent", api, url, key, model, silence, LIMIT, PRICES);
  }
}
