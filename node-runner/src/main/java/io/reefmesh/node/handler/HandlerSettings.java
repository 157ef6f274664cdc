package io.reefmesh.node.handler;

import io.reefmesh.config.Settings;
import io.reefmesh.config.SettingsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The settings of the handlers that come with a node. No secret shows when it is printed.
 *
 * @param tool what {@code tool-execution} may do
 * @param commands which task types are handed to commands
 * @param agent the model endpoint of {@code agent-turn}
 * @param vision the model endpoint of {@code image-analysis}
 * @param speech the model endpoint of {@code speech-transcription}
 * @param memory where {@code memory-store} and {@code memory-search} keep what they know
 */
public record HandlerSettings(
    ToolSettings tool,
    CommandSettings commands,
    EndpointSettings agent,
    EndpointSettings vision,
    EndpointSettings speech,
    MemorySettings memory) {

  private static final long DEFAULT_OUTPUT_LIMIT_BYTES = 1 << 20;
  private static final long MIN_OUTPUT_LIMIT_BYTES = 1 << 10;
  private static final long MAX_OUTPUT_LIMIT_BYTES = 64 << 20;
  private static final int MAX_TYPE_LENGTH = 128;
  private static final int DEFAULT_MEMORY = 20_000;
  private static final int MOST_MEMORY = 1_000_000;

  /**
   * Settings of {@code tool-execution}.
   *
   * @param allow programs that may run, by name or path; empty: the handler is not offered
   * @param timeout how long one run may take at most
   * @param outputLimitBytes how much of stdout and of stderr is streamed and kept, each, and how
   *     large the result may get
   * @param workingDirectory where programs run unless the payload says otherwise; absolute
   * @param environment what the programs see
   */
  public record ToolSettings(
      List<String> allow,
      Duration timeout,
      int outputLimitBytes,
      Path workingDirectory,
      ChildEnvironment environment) {}

  /**
   * Settings of the bridge to commands.
   *
   * @param byType program and arguments by task type
   * @param outputLimitBytes the largest result
   * @param environment what the commands see
   */
  public record CommandSettings(
      Map<String, List<String>> byType, int outputLimitBytes, ChildEnvironment environment) {}

  /**
   * Settings of {@code memory-store} and {@code memory-search}.
   *
   * @param directory where the index is kept; made if need be; null: neither is offered
   * @param maxEntries how much may be remembered
   * @param embeddings what tells meanings; without an address words are matched
   */
  public record MemorySettings(
      @Nullable Path directory, int maxEntries, EndpointSettings embeddings) {}

  /**
   * Reads them. Does not call {@link Settings#finish}.
   *
   * @param settings the node's settings
   * @param environment the node's environment: {@code OPENAI_BASE_URL}, {@code OPENAI_API_KEY} and
   *     {@code OPENAI_MODEL}, or those of Anthropic, count where the settings are silent, and
   *     children inherit a part of it
   * @throws SettingsException if a value is wrong
   */
  public static HandlerSettings from(Settings settings, Map<String, String> environment) {
    EndpointSettings agent = EndpointReader.agent(settings, environment);
    return new HandlerSettings(
        tool(settings, environment),
        commands(settings, environment),
        agent,
        EndpointReader.vision(settings, agent),
        EndpointReader.speech(settings, agent),
        memory(settings, agent));
  }

  /**
   * The same with further commands, for example from flags of the command line, whose commands may
   * hold commas.
   *
   * @param commandLines by task type; they replace those of the same type
   * @throws SettingsException if one cannot be split
   */
  public HandlerSettings withCommands(Map<String, String> commandLines) {
    Map<String, List<String>> all = new LinkedHashMap<>(commands.byType());
    commandLines.forEach((type, command) -> all.put(checkedType(type), split(type, command)));
    return new HandlerSettings(
        tool,
        new CommandSettings(Map.copyOf(all), commands.outputLimitBytes(), commands.environment()),
        agent,
        vision,
        speech,
        memory);
  }

  private static ToolSettings tool(Settings settings, Map<String, String> environment) {
    return new ToolSettings(
        List.copyOf(settings.list("tool.allow", List.of())),
        settings.duration(
            "tool.timeout", Duration.ofMinutes(10), Duration.ofSeconds(1), Duration.ofDays(1)),
        outputLimit(settings, "tool.output-limit"),
        directory("tool.working-dir", settings.text("tool.working-dir", "")),
        ChildEnvironment.from(environment, List.of()));
  }

  private static CommandSettings commands(Settings settings, Map<String, String> environment) {
    Map<String, List<String>> byType = new LinkedHashMap<>();
    settings
        .map("handlers", Map.of())
        .forEach((type, command) -> byType.put(checkedType(type), split(type, command)));
    return new CommandSettings(
        Map.copyOf(byType),
        outputLimit(settings, "handler.output-limit"),
        ChildEnvironment.from(environment, settings.list("handler.environment", List.of())));
  }

  private static MemorySettings memory(Settings settings, EndpointSettings agent) {
    String directory = settings.text("memory.dir", "").strip();
    return new MemorySettings(
        directory.isEmpty() ? null : Path.of(directory).toAbsolutePath().normalize(),
        settings.integer("memory.max-entries", DEFAULT_MEMORY, 1, MOST_MEMORY),
        EndpointReader.memory(settings, agent));
  }

  static int outputLimit(Settings settings, String key) {
    return (int)
        settings.sizeBytes(
            key, DEFAULT_OUTPUT_LIMIT_BYTES, MIN_OUTPUT_LIMIT_BYTES, MAX_OUTPUT_LIMIT_BYTES);
  }

  private static Path directory(String key, String text) {
    Path directory = Path.of(text).toAbsolutePath().normalize();
    if (!Files.isDirectory(directory)) {
      throw new SettingsException(key + " is \"" + text + "\": it must be an existing folder");
    }
    return directory;
  }

  private static String checkedType(String type) {
    if (type.isBlank() || type.length() > MAX_TYPE_LENGTH) {
      throw new SettingsException(
          "handlers has a task type of "
              + type.length()
              + " characters: it must have 1 to "
              + MAX_TYPE_LENGTH);
    }
    return type;
  }

  private static List<String> split(String type, String command) {
    try {
      return CommandLine.split(command);
    } catch (IllegalArgumentException e) {
      throw new SettingsException(
          "handlers." + type + " is \"" + command + "\": the command " + e.getMessage());
    }
  }
}
