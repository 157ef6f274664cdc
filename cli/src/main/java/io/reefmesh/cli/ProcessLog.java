package io.reefmesh.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeAndTimeBasedRollingPolicy;
import ch.qos.logback.core.util.FileSize;
import io.reefmesh.config.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.logging.LogManager;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * Where a process writes its log: standard error, and a rolling file if a folder is set. The
 * settings are {@code log.level} (LOG_LEVEL) and {@code log.dir} (LOG_DIR).
 */
final class ProcessLog {

  /** Only their warnings are of use. */
  private static final List<String> LIBRARIES =
      List.of("io.grpc", "io.netty", "io.javalin", "org.eclipse.jetty");

  private static final String FILE_PATTERN =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level [%thread] %logger %msg%n%ex{full}";
  private static final String MAX_FILE = "50MB";
  private static final String MAX_TOTAL = "1GB";
  private static final int MAX_DAYS = 14;

  private ProcessLog() {}

  /** Sets up the log of a long-lived process as its settings say. */
  static void start(String processName, Settings settings) {
    String level = settings.choice("log.level", "info", "trace", "debug", "info", "warn", "error");
    String directory = settings.text("log.dir", "");
    bridge();
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      setLevel(context, Level.toLevel(level));
      if (!directory.isBlank()) {
        addFile(context, Path.of(directory), processName);
      }
    }
  }

  /** Sets up the log of a short command: silent unless it is asked to debug. */
  static void quiet(boolean debug) {
    bridge();
    ILoggerFactory factory = LoggerFactory.getILoggerFactory();
    if (factory instanceof LoggerContext context) {
      setLevel(context, debug ? Level.DEBUG : Level.OFF);
    }
  }

  /** What gRPC logs through java.util.logging comes to the same place. */
  private static void bridge() {
    if (!SLF4JBridgeHandler.isInstalled()) {
      LogManager.getLogManager().reset();
      SLF4JBridgeHandler.install();
    }
  }

  private static void setLevel(LoggerContext context, Level level) {
    context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).setLevel(level);
    Level libraries = level.isGreaterOrEqual(Level.WARN) ? level : Level.WARN;
    for (String name : LIBRARIES) {
      context.getLogger(name).setLevel(libraries);
    }
  }

  private static void addFile(LoggerContext context, Path directory, String processName) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new CommandException(
          ExitCode.USAGE,
          "the log folder " + directory + " cannot be made: " + e + "; set LOG_DIR to another",
          e);
    }
    if (!Files.isWritable(directory)) {
      throw new CommandException(
          ExitCode.USAGE,
          "the log folder " + directory + " is not writable; set LOG_DIR to another");
    }
    RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
    appender.setContext(context);
    appender.setName("FILE");
    appender.setFile(directory.resolve("reefmesh-" + processName + ".log").toString());
    SizeAndTimeBasedRollingPolicy<ILoggingEvent> policy = new SizeAndTimeBasedRollingPolicy<>();
    policy.setContext(context);
    policy.setParent(appender);
    policy.setFileNamePattern(
        directory.resolve("reefmesh-" + processName + ".%d{yyyy-MM-dd}.%i.log.gz").toString());
    policy.setMaxFileSize(FileSize.valueOf(MAX_FILE));
    policy.setTotalSizeCap(FileSize.valueOf(MAX_TOTAL));
    policy.setMaxHistory(MAX_DAYS);
    policy.start();
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern(FILE_PATTERN);
    encoder.start();
    appender.setRollingPolicy(policy);
    appender.setEncoder(encoder);
    appender.start();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.addAppender(appender);
  }
}
