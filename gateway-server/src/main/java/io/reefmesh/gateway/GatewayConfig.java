package io.reefmesh.gateway;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.primitives.Ints;
import io.reefmesh.balancer.HealthRules;
import io.reefmesh.balancer.QueueRules;
import io.reefmesh.balancer.Strategy;
import io.reefmesh.config.Settings;
import io.reefmesh.config.SettingsException;
import io.reefmesh.gateway.engine.RetentionRules;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * The settings of a gateway, checked. {@link #from} is the list of every key, its default and its
 * range.
 *
 * @param id the gateway's name, 1-64 characters
 * @param bind the address both ports listen on
 * @param port the gRPC port; 0: a free one
 * @param httpPort the HTTP port; 0: a free one; -1: none
 * @param dataDir where the store keeps its files
 * @param store what keeps tasks
 * @param strategy how nodes are chosen
 * @param drainTimeout how long a stopping gateway lets running work and callers finish
 * @param capabilities by task type, what its nodes must offer, beside the built-in table
 * @param queue the order of the queue and how much of it runs at once
 * @param nodes how links are watched over
 * @param health when nodes and tasks that do harm are taken out
 * @param limits what is refused when there is too much of it
 * @param timeouts of tasks
 * @param retention which ended tasks are kept
 * @param log where log lines go
 */
public record GatewayConfig(
    String id,
    String bind,
    int port,
    int httpPort,
    Path dataDir,
    StoreKind store,
    Strategy strategy,
    Duration drainTimeout,
    ImmutableMap<String, ImmutableSortedSet<String>> capabilities,
    Queue queue,
    Nodes nodes,
    Health health,
    Limits limits,
    Timeouts timeouts,
    RetentionRules retention,
    Log log) {

  /** The HTTP port's setting that means: none. */
  public static final int HTTP_OFF = -1;

  private static final int MAX_PORT = 65_535;
  private static final int MAX_ID = 64;
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1," + MAX_ID + "}");
  private static final Pattern TYPE = Pattern.compile("[A-Za-z0-9._/-]{1,128}");
  private static final int MAX_CAPABILITY = 64;
  private static final int MAX_CAP = 1_000_000;

  /** No more of a node's latest attempts are looked at. */
  private static final int MAX_SAMPLES = 32;

  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration DAY = Duration.ofDays(1);

  /** What keeps tasks. */
  public enum StoreKind {
    /** A file in the data folder. */
    SQLITE,
    /** Nothing: tasks are gone when the gateway stops. For trials and tests. */
    MEMORY
  }

  /**
   * The order of the queue and how much of it runs at once.
   *
   * @param ageingStep one step of priority is worth this much age
   * @param affinityWait how long a task waits for the node that keeps its session's state
   * @param projectCap how many tasks of one project run at once; 0: no cap
   * @param keyCap how many tasks of one concurrency key run at once
   * @param weights by project, its share among tasks of about the same age and priority; else 1
   * @param projectCaps by project, in place of {@code projectCap}
   */
  public record Queue(
      Duration ageingStep,
      Duration affinityWait,
      int projectCap,
      int keyCap,
      ImmutableMap<String, Integer> weights,
      ImmutableMap<String, Integer> projectCaps) {

    /** For the dispatcher. */
    QueueRules rules() {
      return new QueueRules(
          ageingStep.toMillis(), affinityWait.toMillis(), projectCap, keyCap, weights, projectCaps);
    }
  }

  /**
   * How links are watched over.
   *
   * @param beat how often a node says that it lives
   * @param silentAfter silence after which a node is suspect
   * @param grace how long a lost node may take to come back and keep its work
   * @param maxLinks how many nodes may be linked at once
   * @param maxBeatsPerSecond of all nodes together: beyond it they beat less often
   * @param watchers streams that follow nodes
   */
  public record Nodes(
      Duration beat,
      Duration silentAfter,
      Duration grace,
      int maxLinks,
      int maxBeatsPerSecond,
      int watchers) {}

  /**
   * When nodes and tasks that do harm are taken out.
   *
   * @param circuit when a node that fails gets no more work
   * @param poisonAfter how many node processes may die with one task; 0: any number
   */
  public record Health(HealthRules circuit, int poisonAfter) {}

  /**
   * What is refused, or no longer kept, when there is too much of it.
   *
   * @param payloadBytes of one payload or result
   * @param queuedTasks tasks without an outcome
   * @param queuedTasksPerProject the same, of one project; 0: as many as of all
   * @param requestIds request ids of the last day; 0: as many as a quarter of the heap holds
   * @param payloadMemoryBytes payloads of tasks without an outcome in memory; others stay in the
   *     store until they are pushed
   * @param outputPerTaskBytes of one task's output kept for late watchers
   * @param outputTotalBytes of all output kept for late watchers
   * @param watchers streams that follow tasks
   * @param watchersPerTask of them for one task
   * @param listPage rows in one page of a list
   */
  public record Limits(
      int payloadBytes,
      int queuedTasks,
      int queuedTasksPerProject,
      int requestIds,
      long payloadMemoryBytes,
      long outputPerTaskBytes,
      long outputTotalBytes,
      int watchers,
      int watchersPerTask,
      int listPage) {}

  /**
   * Timeouts of tasks that name none, and the longest that a task may name. No-progress is off and
   * the grace is the gateway's for tasks that name none.
   */
  public record Timeouts(
      Duration queue,
      Duration run,
      Duration total,
      Duration maxQueue,
      Duration maxRun,
      Duration maxTotal,
      Duration maxNoProgress,
      Duration maxGrace) {}

  /**
   * Where log lines go.
   *
   * @param level the least level that is written: trace, debug, info, warn or error
   * @param directory where log files are kept; empty: none, only standard error
   */
  public record Log(String level, Optional<Path> directory) {}

  /**
   * Reads and checks all settings of a gateway.
   *
   * @throws SettingsException naming the key, its value and what is allowed, also for keys that no
   *     gateway knows
   */
  public static GatewayConfig from(Settings settings) {
    return from(settings, GatewayConfig::hostName);
  }

  static GatewayConfig from(Settings settings, Supplier<String> hostName) {
    GatewayConfig config =
        new GatewayConfig(
            id(settings, hostName),
            bind(settings),
            settings.integer("port", 7420, 0, MAX_PORT),
            settings.integer("http-port", 7421, HTTP_OFF, MAX_PORT),
            path(settings, "data-dir", "./data"),
            store(settings),
            strategy(settings),
            settings.duration("drain-timeout", Duration.ofSeconds(5), Duration.ZERO, HOUR),
            capabilities(settings),
            queue(settings),
            nodes(settings),
            health(settings),
            limits(settings),
            timeouts(settings),
            retention(settings),
            log(settings));
    settings.finish();
    config.checkPorts();
    config.checkNodes();
    config.checkHealth();
    config.checkLimits();
    config.checkTimeouts();
    return config;
  }

  private static String id(Settings settings, Supplier<String> hostName) {
    String id = settings.text("id", "");
    if (id.isEmpty()) {
      return asId(hostName.get());
    }
    if (!ID.matcher(id).matches()) {
      throw wrong("id", id, "1-64 characters out of letters, digits, '.', '_' and '-'");
    }
    return id;
  }

  private static String asId(String hostName) {
    String id = hostName.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9._-]", "-");
    if (id.isEmpty()) {
      return "gateway";
    }
    return id.length() > MAX_ID ? id.substring(0, MAX_ID) : id;
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "";
    }
  }

  private static String bind(Settings settings) {
    String bind = settings.text("bind", "127.0.0.1").trim();
    if (bind.isEmpty()) {
      throw wrong(
          "bind", bind, "an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all");
    }
    return bind;
  }

  private static Path path(Settings settings, String key, String fallback) {
    String text = settings.text(key, fallback).trim();
    try {
      if (!text.isEmpty()) {
        return Path.of(text);
      }
    } catch (InvalidPathException e) {
      // Told below, in the same words as an empty one.
    }
    throw wrong(key, text, "the path of a folder");
  }

  private static StoreKind store(Settings settings) {
    return switch (settings.choice("store", "sqlite", "sqlite", "memory")) {
      case "memory" -> StoreKind.MEMORY;
      default -> StoreKind.SQLITE;
    };
  }

  private static Strategy strategy(Settings settings) {
    Map<String, Strategy> byLabel =
        Arrays.stream(Strategy.values())
            .collect(ImmutableMap.toImmutableMap(Strategy::label, strategy -> strategy));
    String label =
        settings.choice(
            "strategy",
            Strategy.LEAST_CONNECTIONS.label(),
            byLabel.keySet().toArray(String[]::new));
    return byLabel.getOrDefault(label, Strategy.LEAST_CONNECTIONS);
  }

  /** Several capabilities of one type stand in one text, with spaces between them. */
  private static ImmutableMap<String, ImmutableSortedSet<String>> capabilities(Settings settings) {
    ImmutableMap.Builder<String, ImmutableSortedSet<String>> table = ImmutableMap.builder();
    settings
        .map("capabilities", Map.of())
        .forEach((type, names) -> table.put(taskType(type), capabilitySet(type, names)));
    return table.buildKeepingLast();
  }

  private static String taskType(String type) {
    if (!TYPE.matcher(type).matches()) {
      throw wrong(
          "capabilities",
          type,
          "task types (1-128 letters, digits, '.', '_', '-', '/') with what they need");
    }
    return type;
  }

  private static ImmutableSortedSet<String> capabilitySet(String type, String names) {
    ImmutableSortedSet<String> set =
        ImmutableSortedSet.copyOf(
            Splitter.onPattern("[\\s,]+").omitEmptyStrings().splitToList(names));
    if (set.stream().anyMatch(name -> name.length() > MAX_CAPABILITY)) {
      throw wrong(
          "capabilities." + type,
          names,
          "capabilities of 1-64 characters with spaces between them");
    }
    return set;
  }

  private static Queue queue(Settings settings) {
    return new Queue(
        settings.duration("queue.ageing-step", Duration.ofMinutes(1), SECOND, DAY),
        settings.duration("queue.affinity-wait", Duration.ofSeconds(5), Duration.ZERO, HOUR),
        settings.integer("queue.project-cap", 0, 0, MAX_CAP),
        settings.integer("queue.key-cap", 1, 1, MAX_CAP),
        byProject(settings, "queue.weights", 1, QueueRules.MAX_WEIGHT),
        byProject(settings, "queue.project-caps", 0, MAX_CAP));
  }

  private static ImmutableMap<String, Integer> byProject(
      Settings settings, String key, int min, int max) {
    ImmutableMap.Builder<String, Integer> figures = ImmutableMap.builder();
    settings
        .map(key, Map.of())
        .forEach((project, figure) -> figures.put(project, figure(key, project, figure, min, max)));
    return figures.buildKeepingLast();
  }

  private static int figure(String key, String project, String text, int min, int max) {
    Integer figure = Ints.tryParse(text.trim());
    if (figure == null || figure < min || figure > max) {
      throw wrong(key + "." + project, text, "a whole number, " + min + " to " + max);
    }
    return figure;
  }

  private static Nodes nodes(Settings settings) {
    return new Nodes(
        settings.duration("node.beat", Duration.ofSeconds(5), Duration.ofMillis(100), HOUR),
        settings.duration("node.silent-after", Duration.ofSeconds(15), Duration.ofMillis(200), DAY),
        settings.duration("node.grace", Duration.ofSeconds(10), Duration.ZERO, DAY),
        settings.integer("node.max-links", 20_000, 1, 1_000_000),
        settings.integer("node.max-beats-per-second", 500, 1, 1_000_000),
        settings.integer("node.watchers", 100, 1, 10_000));
  }

  private static Health health(Settings settings) {
    HealthRules rules = HealthRules.DEFAULT;
    return new Health(
        new HealthRules(
            millis(settings, "node.circuit.window", rules.windowMillis()),
            settings.integer("node.circuit.attempts", rules.minAttempts(), 1, MAX_SAMPLES),
            settings.integer("node.circuit.tasks", rules.minTasks(), 1, MAX_SAMPLES),
            settings.integer("node.circuit.failure-percent", rules.failurePercent(), 1, 100),
            millis(settings, "node.circuit.open", rules.openMillis()),
            millis(settings, "node.circuit.max-open", rules.maxOpenMillis())),
        settings.integer("node.poison-after", 3, 0, 100));
  }

  private static long millis(Settings settings, String key, long defaultMillis) {
    return settings
        .duration(key, Duration.ofMillis(defaultMillis), Duration.ofMillis(100), DAY)
        .toMillis();
  }

  private static Limits limits(Settings settings) {
    return new Limits(
        (int) settings.sizeBytes("limits.payload", 1 << 20, 1 << 10, 16 << 20),
        settings.integer("limits.queue", 1_000_000, 1, 100_000_000),
        settings.integer("limits.queue-per-project", 0, 0, 100_000_000),
        settings.integer("limits.request-ids", 0, 0, 1_000_000_000),
        settings.sizeBytes("limits.payload-memory", 128 << 20, 0, 64L << 30),
        settings.sizeBytes("limits.output-per-task", 1 << 20, 0, 1 << 30),
        settings.sizeBytes("limits.output-total", 256 << 20, 0, 64L << 30),
        settings.integer("limits.watchers", 10_000, 1, 1_000_000),
        settings.integer("limits.watchers-per-task", 1_000, 1, 1_000_000),
        settings.integer("limits.list-page", 1_000, 1, 1_000));
  }

  private static Timeouts timeouts(Settings settings) {
    Duration max = Duration.ofDays(365);
    return new Timeouts(
        settings.duration("timeouts.queue", HOUR, SECOND, max),
        settings.duration("timeouts.run", HOUR, SECOND, max),
        settings.duration("timeouts.total", DAY, SECOND, max),
        settings.duration("timeouts.max-queue", Duration.ofDays(7), SECOND, max),
        settings.duration("timeouts.max-run", DAY, SECOND, max),
        settings.duration("timeouts.max-total", Duration.ofDays(30), SECOND, max),
        settings.duration("timeouts.max-no-progress", DAY, SECOND, max),
        settings.duration("timeouts.max-grace", DAY, SECOND, max));
  }

  private static RetentionRules retention(Settings settings) {
    return new RetentionRules(
        settings.duration(
            "retention.age", Duration.ofDays(7), Duration.ofMinutes(1), Duration.ofDays(3_650)),
        settings.integer("retention.count", 1_000_000, 1_000, Integer.MAX_VALUE));
  }

  private static Log log(Settings settings) {
    String level = settings.choice("log.level", "info", "trace", "debug", "info", "warn", "error");
    Optional<Path> directory =
        settings.text("log.dir", "").isBlank()
            ? Optional.empty()
            : Optional.of(path(settings, "log.dir", ""));
    return new Log(level, directory);
  }

  private void checkPorts() {
    if (port > 0 && port == httpPort) {
      throw wrong("http-port", httpPort, "another port than port, or -1 for none");
    }
  }

  private void checkNodes() {
    if (nodes.silentAfter().compareTo(nodes.beat()) <= 0) {
      throw wrong(
          "node.silent-after",
          show(nodes.silentAfter()),
          "longer than node.beat, which is " + show(nodes.beat()) + "; three beats are customary");
    }
  }

  private void checkHealth() {
    HealthRules circuit = health.circuit();
    if (circuit.minTasks() > circuit.minAttempts()) {
      throw wrong(
          "node.circuit.tasks",
          circuit.minTasks(),
          "at most node.circuit.attempts, which is " + circuit.minAttempts());
    }
    if (circuit.openMillis() > circuit.maxOpenMillis()) {
      throw wrong(
          "node.circuit.open",
          show(Duration.ofMillis(circuit.openMillis())),
          "at most node.circuit.max-open, which is "
              + show(Duration.ofMillis(circuit.maxOpenMillis())));
    }
  }

  private void checkLimits() {
    if (limits.outputPerTaskBytes() > limits.outputTotalBytes()) {
      throw wrong(
          "limits.output-per-task",
          limits.outputPerTaskBytes(),
          "at most limits.output-total, which is " + limits.outputTotalBytes() + " bytes");
    }
  }

  private void checkTimeouts() {
    checkTimeout("queue", timeouts.queue(), timeouts.maxQueue());
    checkTimeout("run", timeouts.run(), timeouts.maxRun());
    checkTimeout("total", timeouts.total(), timeouts.maxTotal());
  }

  private static void checkTimeout(String name, Duration value, Duration max) {
    if (value.compareTo(max) > 0) {
      throw wrong(
          "timeouts." + name,
          show(value),
          "at most timeouts.max-" + name + ", which is " + show(max));
    }
  }

  private static String show(Duration duration) {
    return duration.toMillis() % 1_000 == 0
        ? duration.toSeconds() + "s"
        : duration.toMillis() + "ms";
  }

  private static SettingsException wrong(String key, Object value, String allowed) {
    return new SettingsException(key + " is \"" + value + "\": it must be " + allowed);
  }
}
