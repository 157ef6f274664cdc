package io.reefmesh.node.handler;

import io.reefmesh.node.TaskHandler;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The handlers that come with a node. Stateless. */
public final class StandardHandlers {

  private StandardHandlers() {}

  /**
   * Those that the settings call for, not started yet: {@code ping} always, {@code tool-execution}
   * if programs are allowed, those that need a model or a folder if that is named, and one for each
   * task type that is mapped to a command. A command takes the place of a handler of the same type.
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
          ModelHandler.agentTurn(
              settings.agent(),
              settings.agent().baseUrl(),
              ModelTurns.START_CHECK,
              System::nanoTime));
    }
    addModels(byType, settings);
    addSwitched(byType, settings);
    settings
        .commands()
        .byType()
        .forEach((type, argv) -> add(byType, new ExecHandler(type, argv, settings.commands())));
    return List.copyOf(byType.values());
  }

  /** Those that are only there if the operator asks for them. */
  private static void addSwitched(Map<String, TaskHandler> byType, HandlerSettings settings) {
    Path root = settings.files().root();
    if (root != null) {
      add(byType, new FileToolsHandler(settings.files(), root));
    }
    EndpointSettings web = settings.web().endpoint();
    URI search = web.baseUrl();
    if (search != null) {
      add(
          byType,
          new WebSearchHandler(
              settings.web(),
              search,
              PageFetcher.ofPublicPages(web.timeout(), web.outputLimitBytes())));
    }
    if (!settings.code().languages().isEmpty()) {
      add(byType, new CodeExecHandler(settings.code()));
    }
  }

  private static void addModels(Map<String, TaskHandler> byType, HandlerSettings settings) {
    URI vision = settings.vision().baseUrl();
    if (vision != null) {
      add(
          byType,
          ModelHandler.imageAnalysis(
              settings.vision(), vision, ModelTurns.START_CHECK, System::nanoTime));
    }
    URI speech = settings.speech().baseUrl();
    if (speech != null) {
      add(
          byType,
          new SpeechTranscriptionHandler(
              settings.speech(), speech, ModelTurns.START_CHECK, System::nanoTime));
    }
    Path directory = settings.memory().directory();
    if (directory != null) {
      Memory memory = Memory.of(settings.memory(), directory, System::nanoTime);
      add(byType, new MemoryStoreHandler(memory));
      add(
          byType,
          new MemorySearchHandler(memory, settings.memory().embeddings().outputLimitBytes()));
    }
  }

  private static void add(Map<String, TaskHandler> byType, TaskHandler handler) {
    byType.put(handler.type(), handler);
  }
}
