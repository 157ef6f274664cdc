package io.reefmesh.bench.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * All figures of a run.
 *
 * @param machine what they belong to
 * @param results in the order in which they were measured
 */
public record Report(Map<String, Object> machine, List<Result> results) {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int DIGITS = 4;
  private static final List<String> HEADINGS =
      List.of(
          "case",
          "value",
          "unit",
          "limit",
          "limit is",
          "ratio",
          "p99 ratio",
          "p50 ms",
          "p99 ms",
          "CPU us/task");

  /** One object on one line. */
  public String json() {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("machine", rounded(machine));
    all.put("results", results.stream().map(result -> rounded(result.asMap())).toList());
    try {
      return MAPPER.writeValueAsString(all);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a figure cannot be written as JSON", e);
    }
  }

  /** For people. */
  public String table() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEADINGS);
    for (Result result : results) {
      rows.add(
          List.of(
              result.name(),
              show(result.number("value")),
              result.text("unit"),
              result.text("limit"),
              show(result.number("limit_value")),
              show(result.number("ratio")),
              show(result.number("p99_ratio")),
              show(result.number("p50_ms")),
              show(result.number("p99_ms")),
              show(result.number("cpu_us_per_task"))));
    }
    return lay(rows);
  }

  private static String lay(List<List<String>> rows) {
    int[] widths = new int[HEADINGS.size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        line.append(String.format(Locale.ROOT, "%-" + (widths[i] + 2) + "s", row.get(i)));
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  private static String show(OptionalDouble number) {
    return number.isPresent() ? String.valueOf(shorten(number.getAsDouble())) : "-";
  }

  private static Object rounded(Object value) {
    if (value instanceof Double number) {
      return shorten(number);
    }
    if (value instanceof Map<?, ?> map) {
      Map<String, Object> all = new LinkedHashMap<>();
      map.forEach((key, inner) -> all.put(String.valueOf(key), rounded(inner)));
      return all;
    }
    if (value instanceof List<?> list) {
      return list.stream().map(Report::rounded).toList();
    }
    return value;
  }

  /** Four digits that count; whole numbers from 1000 on. */
  private static Number shorten(double value) {
    if (Math.abs(value) >= 1_000 || value == Math.rint(value)) {
      return Math.round(value);
    }
    return new BigDecimal(value).round(new MathContext(DIGITS)).stripTrailingZeros().doubleValue();
  }
}
