package io.reefmesh.node;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The handlers that could start: what this node offers is theirs. */
final class OfferedHandlers implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(OfferedHandlers.class);
  private static final int MAX_TYPE_CHARS = 128;
  private static final int MAX_TYPES = 256;

  private final Map<String, TaskHandler> byType;

  private OfferedHandlers(Map<String, TaskHandler> byType) {
    this.byType = byType;
  }

  /**
   * Starts the given handlers, then those found on the class path whose type nobody serves yet.
   *
   * @throws NodeStartException if two given handlers serve one type, or a type is no type
   */
  static OfferedHandlers start(List<TaskHandler> given) {
    Map<String, TaskHandler> chosen = new LinkedHashMap<>();
    for (TaskHandler handler : given) {
      if (chosen.put(checkedType(handler), handler) != null) {
        throw new NodeStartException(
            "two handlers for task type " + handler.type() + ": give the node one of them", null);
      }
    }
    for (TaskHandler found : onTheClassPath()) {
      chosen.putIfAbsent(checkedType(found), found);
    }
    if (chosen.size() > MAX_TYPES) {
      throw new NodeStartException(
          chosen.size() + " task types: a node may serve " + MAX_TYPES, null);
    }
    return startAll(chosen);
  }

  private static OfferedHandlers startAll(Map<String, TaskHandler> chosen) {
    OfferedHandlers started = new OfferedHandlers(new LinkedHashMap<>());
    try {
      chosen.forEach(started::startOne);
    } catch (RuntimeException e) {
      started.close();
      throw new NodeStartException("a handler failed to start: " + e.getMessage(), e);
    }
    return started;
  }

  private void startOne(String type, TaskHandler handler) {
    try {
      handler.start();
      byType.put(type, handler);
    } catch (HandlerUnavailableException e) {
      log.warn("task type {} is not offered: {}", type, e.getMessage());
    }
  }

  private static String checkedType(TaskHandler handler) {
    String type = handler.type();
    if (type.isBlank() || type.length() > MAX_TYPE_CHARS) {
      throw new NodeStartException(
          handler.getClass().getName() + " serves type \"" + type + "\": use 1-128 characters",
          null);
    }
    return type;
  }

  /** A provider that cannot be made is left out like a handler that cannot start. */
  private static List<TaskHandler> onTheClassPath() {
    List<TaskHandler> found = new ArrayList<>();
    Iterator<TaskHandler> providers = ServiceLoader.load(TaskHandler.class).iterator();
    for (int tried = 0; tried < MAX_TYPES; tried++) {
      try {
        if (!providers.hasNext()) {
          break;
        }
        found.add(providers.next());
      } catch (ServiceConfigurationError e) {
        log.warn("a task handler on the class path cannot be used: {}", e.getMessage());
      }
    }
    return found;
  }

  Map<String, TaskHandler> byType() {
    return byType;
  }

  Set<String> capabilities() {
    Set<String> capabilities = new TreeSet<>();
    byType.values().forEach(handler -> capabilities.addAll(handler.capabilities()));
    return capabilities;
  }

  @Override
  public void close() {
    for (TaskHandler handler : byType.values()) {
      try {
        handler.close();
      } catch (RuntimeException e) {
        log.warn("the handler of task type {} did not close well", handler.type(), e);
      }
    }
  }
}
