package io.reefmesh.bench.report;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;

/** One figure, beside its limit. What is not known is absent, never zero. Made by one thread. */
public final class Result {

  private final String name;
  private final Map<String, Object> fields = new LinkedHashMap<>();

  /**
   * A figure.
   *
   * @param name as {@code --case} takes it
   */
  public Result(String name, double value, String unit) {
    this.name = name;
    with("value", value);
    fields.put("unit", unit);
  }

  /** What it is held against, and how it compares. */
  public Result against(String limit, double limitValue, double ratio) {
    fields.put("limit", limit);
    with("limit_value", limitValue);
    with("ratio", ratio);
    return this;
  }

  /** Another figure; left out when it is NaN or infinite. */
  public Result with(String key, double value) {
    if (Double.isFinite(value)) {
      fields.put(key, value);
    }
    return this;
  }

  /** Another count. */
  public Result with(String key, long value) {
    fields.put(key, value);
    return this;
  }

  /** Words, lists or maps of figures. */
  public Result withDetail(String key, Object value) {
    fields.put(key, value);
    return this;
  }

  /** Its name. */
  public String name() {
    return name;
  }

  /** A number in it; empty: it has none with this key. */
  public OptionalDouble number(String key) {
    return fields.get(key) instanceof Number number
        ? OptionalDouble.of(number.doubleValue())
        : OptionalDouble.empty();
  }

  /** A text in it; empty if there is none with this key. */
  public String text(String key) {
    return fields.get(key) instanceof String text ? text : "";
  }

  /** Everything in it, in order, its name first. */
  public Map<String, Object> asMap() {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("name", name);
    all.putAll(fields);
    return all;
  }
}
