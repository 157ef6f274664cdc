package io.reefmesh.node.handler;

import io.reefmesh.node.TaskHandler;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The handlers that come with a node. Stateless. */
public final class StandardHandlers {

  private StandardHandlers() {}

  /**
   * Those that the settings call for, not started yet: {@code ping} always, {@code tool-execution}
   * if programs are allowed, {@code agent-turn} if a model endpoint is named, and one for each task
   * type that is mapped to a command. A command takes the place of a handler of the same type.
   */
  public static List<TaskHandler> from(HandlerSettings settings) {
    Map<String, TaskHandler> byType = new LinkedHashMap<>();
    add(byType, new PingHandler());
    if (!settings.tool().allow().isEmpty()) {
      add(byType, new ToolExecutionHandler(settings.tool()));
    }
    if (settings.agent().baseUrl() != null) {
      add(
          byType,
          new AgentTurnHandler(
              settings.agent(),
              settings.agent().baseUrl(),
              ModelTurns.START_CHECK,
              System::nanoTime));
    }
    settings
        .commands()
        .byType()
        .forEach((type, argv) -> add(byType, new ExecHandler(type, argv, settings.commands())));
    return List.copyOf(byType.values());
  }

  private static void add(Map<String, TaskHandler> byType, TaskHandler handler) {
    byType.put(handler.type(), handler);
  }
}
