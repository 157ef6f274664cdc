package io.reefmesh.chaos.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.reefmesh.chaos.history.Finding;
import io.reefmesh.chaos.nemesis.FaultKind;
import io.reefmesh.chaos.nemesis.FaultLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a run came to: facts, faults, figures, checks. Not thread-safe. */
public final class RunReport {

  private final Map<String, Object> facts = new LinkedHashMap<>();
  private final Map<String, Figures> figures = new LinkedHashMap<>();
  private final List<Check> checks = new ArrayList<>();
  private @Nullable FaultLog faults;

  /** A fact, such as the number of tasks. */
  public void fact(String name, Object value) {
    facts.put(name, value);
  }

  /** Figures under a name. */
  public Figures figures(String name, List<Duration> durations) {
    Figures made = Figures.of(durations);
    figures.put(name, made);
    return made;
  }

  /** The faults of the run. */
  public void faults(FaultLog log) {
    faults = log;
    log.figures().forEach(this::figures);
  }

  /** Something that must hold. */
  public void check(String what, boolean holds, String seen) {
    checks.add(new Check(what, holds, seen));
  }

  /** One check per rule: it holds if nothing was found against it. */
  public void rules(Map<String, String> rules, List<Finding> findings) {
    Map<String, List<Finding>> byRule =
        findings.stream()
            .collect(Collectors.groupingBy(Finding::rule, TreeMap::new, Collectors.toList()));
    rules.forEach(
        (rule, what) -> {
          List<Finding> against = byRule.getOrDefault(rule, List.of());
          check(what, against.isEmpty(), against.isEmpty() ? "" : against.size() + " findings");
        });
    byRule.forEach(
        (rule, against) -> {
          if (!rules.containsKey(rule)) {
            check(rule, false, against.size() + " findings");
          }
        });
  }

  /** How many checks hold. */
  public long passed() {
    return checks.stream().filter(Check::holds).count();
  }

  /** How many checks do not. */
  public long failed() {
    return checks.size() - passed();
  }

  /** For people. */
  public String text() {
    StringBuilder text = new StringBuilder();
    facts.forEach((name, value) -> text.append(name).append(": ").append(value).append('\n'));
    text.append('\n').append(faultTable()).append('\n').append(figureTable()).append('\n');
    checks.forEach(check -> text.append(check).append('\n'));
    return text.toString();
  }

  private String faultTable() {
    FaultLog log = faults;
    if (log == null) {
      return "";
    }
    TextTable table =
        new TextTable("fault", "count", "p50 ms", "p99 ms", "max ms", "alone", "max ms", "timed");
    for (FaultKind kind : FaultKind.values()) {
      if (log.skipped().containsKey(kind)) {
        table.row(kind.label(), "skipped", "", "", "", "", "", log.skipped().get(kind));
        continue;
      }
      Figures all = recoveries(log, kind, false);
      Figures alone = recoveries(log, kind, true);
      table.row(
          kind.label(),
          "" + all.count(),
          millis(all.p50()),
          millis(all.p99()),
          millis(all.max()),
          "" + alone.count(),
          alone.count() == 0 ? "" : millis(alone.max()),
          kind.timed());
    }
    return table.toString();
  }

  private static Figures recoveries(FaultLog log, FaultKind kind, boolean onlyAlone) {
    return Figures.of(
        log.entries().stream()
            .filter(entry -> entry.kind() == kind && (entry.alone() || !onlyAlone))
            .map(FaultLog.Entry::recovery)
            .toList());
  }

  private String figureTable() {
    TextTable table = new TextTable("figure", "count", "p50 ms", "p99 ms", "max ms");
    figures.forEach(
        (name, of) ->
            table.row(name, "" + of.count(), millis(of.p50()), millis(of.p99()), millis(of.max())));
    return figures.isEmpty() ? "" : table.toString();
  }

  private static String millis(Duration duration) {
    return "" + duration.toMillis();
  }

  /** For programs: the same as a JSON object, times in milliseconds. */
  public String json() {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("facts", facts);
    Map<String, Object> kinds = new LinkedHashMap<>();
    FaultLog log = faults;
    if (log != null) {
      for (FaultKind kind : FaultKind.values()) {
        kinds.put(kind.name(), json(recoveries(log, kind, false)));
      }
      all.put("skipped", log.skipped());
    }
    all.put("faults", kinds);
    Map<String, Object> named = new LinkedHashMap<>();
    figures.forEach((name, of) -> named.put(name, json(of)));
    all.put("figures", named);
    all.put("checks", checks);
    try {
      return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(all);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the report cannot be written as JSON", e);
    }
  }

  private static Map<String, Object> json(Figures of) {
    return Map.of(
        "count", of.count(),
        "p50", of.p50().toMillis(),
        "p99", of.p99().toMillis(),
        "max", of.max().toMillis());
  }
}
