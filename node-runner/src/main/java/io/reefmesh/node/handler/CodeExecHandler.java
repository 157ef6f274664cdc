package io.reefmesh.node.handler;

import com.google.protobuf.ByteString;
import io.reefmesh.node.HandlerUnavailableException;
import io.reefmesh.node.TaskContext;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskHandler;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.node.handler.HandlerSettings.CodeSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a snippet in a {@link Sandbox}, in a folder of its own that is deleted afterwards. Streams
 * and results are those of {@code tool-execution}.
 */
final class CodeExecHandler implements TaskHandler {

  private static final Logger log = LoggerFactory.getLogger(CodeExecHandler.class);
  private static final List<String> FIELDS =
      List.of("language", "code", "stdin", "timeout_seconds");
  private static final Duration PROBE = Duration.ofSeconds(20);

  private final CodeSettings settings;

  /** Set once by {@link #start}. */
  private volatile Map<CodeLanguage, Path> programs = Map.of();

  private volatile Sandbox sandbox = new Sandbox(Optional.empty(), Optional.empty());
  private volatile Optional<Path> launcher = Optional.empty();

  CodeExecHandler(CodeSettings settings) {
    this.settings = settings;
  }

  @Override
  public String type() {
    return "code-exec";
  }

  @Override
  public Set<String> capabilities() {
    return Set.of("code");
  }

  @Override
  public void start() throws HandlerUnavailableException {
    ProgramFinder finder = new ProgramFinder(settings.environment().path());
    Sandbox found = Sandbox.find(finder);
    if (settings.bubblewrap() && found.bubblewrap().isEmpty()) {
      throw new HandlerUnavailableException(
          "bubblewrap (bwrap) is not on this machine: install it, or accept less with code.sandbox:"
              + " limits");
    }
    sandbox = settings.bubblewrap() ? found : found.withoutBubblewrap();
    launcher = SessionLauncher.find(finder);
    Map<CodeLanguage, Path> working = new EnumMap<>(CodeLanguage.class);
    for (CodeLanguage language : CodeLanguage.values()) {
      if (settings.languages().contains(language.word())) {
        language
            .find(finder)
            .filter(program -> works(language, program))
            .ifPresent(program -> working.put(language, program));
      }
    }
    if (working.isEmpty()) {
      throw new HandlerUnavailableException(
          "nothing that runs "
              + String.join(" or ", settings.languages())
              + " works in the sandbox of this machine: install it below /usr, and see that"
              + " bubblewrap may make namespaces");
    }
    programs = Map.copyOf(working);
  }

  /** Some machines have bubblewrap but forbid what it needs. */
  private boolean works(CodeLanguage language, Path program) {
    try {
      Path folder = Files.createTempDirectory("reefmesh-code-");
      try {
        ChildProcess.Ending ending =
            ChildProcess.start(
                    launch("probe", language.probe(program), folder, Map.of(), ByteString.EMPTY),
                    launcher)
                .run(bytes -> {}, bytes -> {}, PROBE);
        return ending.cause() == ChildProcess.Cause.EXITED && ending.exitCode() == 0;
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      log.debug("{} cannot be tried", program, e);
      return false;
    }
  }

  @Override
  public TaskOutput handle(TaskContext context) throws TaskFailedException, InterruptedException {
    PayloadFields fields = PayloadFields.parse(type(), context.payload(), FIELDS);
    CodeLanguage language = language(fields);
    String code = fields.text("code").orElse("");
    if (code.isBlank()) {
      throw fields.invalidField("code", "it must not be empty");
    }
    int longest = (int) settings.timeout().toSeconds();
    Duration timeout =
        Duration.ofSeconds(fields.wholeNumber("timeout_seconds", 1, longest).orElse(longest));
    ByteString stdin = ByteString.copyFromUtf8(fields.text("stdin").orElse(""));
    Path folder = null;
    try {
      folder = Files.createTempDirectory("reefmesh-code-");
      Files.writeString(folder.resolve(language.fileName()), code, StandardCharsets.UTF_8);
      return run(context, language, folder, stdin, timeout);
    } catch (IOException e) {
      throw ProgramRun.notStarted("The snippet", String.valueOf(e.getMessage()));
    } finally {
      if (folder != null) {
        delete(folder);
      }
    }
  }

  private CodeLanguage language(PayloadFields fields) throws TaskFailedException {
    String word = fields.text("language").orElse("");
    Optional<CodeLanguage> known =
        Arrays.stream(CodeLanguage.values()).filter(each -> each.word().equals(word)).findFirst();
    if (known.isEmpty()) {
      throw fields.invalidField("language", "it must be python or javascript");
    }
    if (!programs.containsKey(known.get())) {
      throw new TaskFailedException(
          "TOOL_NOT_ALLOWED", "This node does not run " + word + " (code.languages)", true);
    }
    return known.get();
  }

  private TaskOutput run(
      TaskContext context, CodeLanguage language, Path folder, ByteString stdin, Duration timeout)
      throws IOException, TaskFailedException, InterruptedException {
    Path program = programs.get(language);
    if (program == null) {
      throw new IOException(language.word() + " is gone");
    }
    ChildProcess child =
        ChildProcess.start(
            launch(
                "code-" + context.taskId(),
                language.run(program),
                folder,
                settings.environment().forAttempt(context),
                stdin),
            launcher);
    return ProgramRun.of(child, context, "The snippet", timeout, settings.outputLimitBytes(), false)
        .toOutput(settings.outputLimitBytes());
  }

  private ChildProcess.Launch launch(
      String name,
      List<String> argv,
      Path folder,
      Map<String, String> environment,
      ByteString stdin) {
    Map<String, String> own = new TreeMap<>(environment);
    own.putIfAbsent("PATH", settings.environment().path());
    own.put("HOME", folder.toString());
    own.put("TMPDIR", folder.toString());
    return new ChildProcess.Launch(
        name,
        sandbox.wrap(argv, folder, settings.memoryBytes(), settings.timeout()),
        Optional.of(folder),
        own,
        stdin);
  }

  /** Links are deleted, not followed. */
  private static void delete(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).collect(Collectors.toList());
      for (Path path : deepestFirst) {
        Files.deleteIfExists(path);
      }
    } catch (IOException | UncheckedIOException e) {
      log.warn("the folder {} of a snippet could not be deleted: {}", folder, e.getMessage());
    }
  }
}
