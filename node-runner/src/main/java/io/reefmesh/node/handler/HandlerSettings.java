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
 * @param files what {@code file-tools} may do
 * @param web where {@code web-search} asks
 * @param code what {@code code-exec} may run
 */
public record HandlerSettings(
    ToolSettings tool,
    CommandSettings commands,
    EndpointSettings agent,
    EndpointSettings vision,
    EndpointSettings speech,
    MemorySettings memory,
    FileSettings files,
    WebSettings web,
    CodeSettings code) {

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
   * Settings of {@code file-tools}.
   *
   * @param root the folder below which everything happens; null: not offered
   * @param write whether files may be written too
   * @param limitBytes the most that one call reads or writes
   */
  public record FileSettings(@Nullable Path root, boolean write, int limitBytes) {}

  /**
   * Settings of {@code web-search}.
   *
   * @param endpoint where searches go, how long a search or a page may take, and how much of a page
   *     is read; without an address it is not offered
   */
  public record WebSettings(EndpointSettings endpoint) {}

  /**
   * Settings of {@code code-exec}.
   *
   * @param languages what may be run: python, javascript; empty: not offered
   * @param bubblewrap whether bubblewrap must be there, which keeps snippets from the network and
   *     the files of this machine
   * @param timeout how long a snippet may run at most
   * @param memoryBytes how much memory it may have
   * @param outputLimitBytes how much of stdout and of stderr is kept, each
   * @param environment what it sees
   */
  public record CodeSettings(
      List<String> languages,
      boolean bubblewrap,
      Duration timeout,
      long memoryBytes,
      int outputLimitBytes,
      ChildEnvironment environment) {}

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
        memory(settings, agent),
        files(settings),
        new WebSettings(EndpointReader.web(settings)),
        code(settings, environment));
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
        memory,
        files,
        web,
        code);
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

  private static FileSettings files(Settings settings) {
    String root = settings.text("files.root", "").strip();
    return new FileSettings(
        root.isEmpty() ? null : directory("files.root", root),
        settings.flag("files.write", false),
        outputLimit(settings, "files.limit"));
  }

  private static CodeSettings code(Settings settings, Map<String, String> environment) {
    List<String> languages = settings.list("code.languages", List.of());
    for (String language : languages) {
      if (!CodeLanguage.isKnown(language)) {
        throw new SettingsException(
            "code.languages has \"" + language + "\": it may have python and javascript");
      }
    }
    return new CodeSettings(
        List.copyOf(languages),
        settings.choice("code.sandbox", "bubblewrap", "bubblewrap", "limits").equals("bubblewrap"),
        settings.duration(
            "code.timeout", Duration.ofSeconds(30), Duration.ofSeconds(1), Duration.ofHours(1)),
        settings.sizeBytes("code.memory", 512L << 20, 64L << 20, 64L << 30),
        outputLimit(settings, "code.output-limit"),
        ChildEnvironment.from(environment, List.of()));
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
