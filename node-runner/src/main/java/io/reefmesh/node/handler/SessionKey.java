package io.reefmesh.node.handler;

import io.reefmesh.node.TaskContext;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * The header that tells an OpenClaw gateway which conversation a call belongs to, so that it runs
 * the turns of one in order and its tools find what they kept. Stateless.
 */
final class SessionKey {

  static final String HEADER = "x-openclaw-session-key";

  /** Models by these names are agents of such a gateway. */
  private static final List<String> AGENTS = List.of("openclaw/", "openclaw:", "agent:");

  /** No key of another kind begins so. */
  private static final String PREFIX = "reefmesh:";

  private SessionKey() {}

  /** The header's value; empty: no session, or not such a gateway. */
  static Optional<String> of(TaskContext context, String model) {
    boolean agent = model.equals("openclaw") || AGENTS.stream().anyMatch(model::startsWith);
    return agent && !context.sessionId().isEmpty()
        ? Optional.of(PREFIX + safe(context.project()) + ":" + safe(context.sessionId()))
        : Optional.empty();
  }

  /** Two projects may use one id; neither may break out of the header or into the other. */
  private static String safe(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
