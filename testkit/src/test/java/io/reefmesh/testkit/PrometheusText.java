package io.reefmesh.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A page in the text format of Prometheus, read strictly: what breaks its rules fails the test. */
final class PrometheusText {

  private static final Pattern META =
      Pattern.compile("# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)");
  private static final Pattern SAMPLE =
      Pattern.compile(
          "([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? (NaN|[+-]Inf|-?[0-9][0-9.]*(?:[eE][+-]?[0-9]+)?)");
  private static final Pattern LABEL =
      Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\\n]|\\\\[\\\\\"n])*)\"(?:,|$)");

  /** One line with a value. */
  record Sample(String name, Map<String, String> labels, double value) {}

  /** All lines of one metric. */
  record Family(String name, String type, List<Sample> samples) {

    /** The names of all labels, but those that a type brings with it. */
    Set<String> labelNames() {
      Set<String> names = new TreeSet<>();
      samples.forEach(sample -> names.addAll(sample.labels().keySet()));
      names.removeAll(Set.of("le", "quantile"));
      return names;
    }
  }

  private final Map<String, Family> families = new LinkedHashMap<>();
  private final Map<String, String> helps = new HashMap<>();
  private final Set<String> series = new HashSet<>();

  private PrometheusText() {}

  static PrometheusText parse(String page) {
    assertThat(page).endsWith("\n");
    PrometheusText text = new PrometheusText();
    page.lines().forEach(text::line);
    text.families.values().forEach(text::check);
    return text;
  }

  /** By name, as TYPE lines have it. */
  Map<String, Family> families() {
    return families;
  }

  /** The names that a query may use. */
  Set<String> sampleNames() {
    Set<String> names = new TreeSet<>();
    families.values().forEach(of -> of.samples().forEach(sample -> names.add(sample.name())));
    return names;
  }

  /** The value of a series. */
  double value(String name, String... labels) {
    Map<String, String> wanted = new TreeMap<>();
    for (int i = 0; i < labels.length; i += 2) {
      wanted.put(labels[i], labels[i + 1]);
    }
    return families.values().stream()
        .flatMap(of -> of.samples().stream())
        .filter(sample -> sample.name().equals(name) && sample.labels().equals(wanted))
        .mapToDouble(Sample::value)
        .findFirst()
        .orElse(Double.NaN);
  }

  private void line(String line) {
    Matcher meta = META.matcher(line);
    Matcher sample = SAMPLE.matcher(line);
    if (meta.matches()) {
      meta(meta.group(1), meta.group(2), meta.group(3));
    } else if (sample.matches()) {
      sample(sample.group(1), sample.group(2), sample.group(3));
    } else {
      throw new AssertionError("not a line of the text format: " + line);
    }
  }

  private void meta(String what, String name, String rest) {
    if (what.equals("HELP")) {
      assertThat(helps.put(name, rest)).as("second HELP of " + name).isNull();
    } else {
      assertThat(rest).isIn("counter", "gauge", "histogram", "summary", "untyped");
      assertThat(families.put(name, new Family(name, rest, new ArrayList<>())))
          .as("second TYPE of " + name)
          .isNull();
    }
  }

  private void sample(String name, String labelText, String value) {
    Map<String, String> labels = labelsOf(labelText == null ? "" : labelText);
    assertThat(series.add(name + labels)).as("twice: " + name + labels).isTrue();
    List<Family> all = List.copyOf(families.values());
    assertThat(all).as("TYPE comes before " + name).isNotEmpty();
    Family last = all.get(all.size() - 1);
    assertThat(name).as("stands below TYPE " + last).isIn(namesOf(last));
    double number =
        value.endsWith("Inf")
            ? Double.parseDouble(value.replace("Inf", "Infinity"))
            : Double.parseDouble(value);
    last.samples().add(new Sample(name, labels, number));
  }

  private static Set<String> namesOf(Family family) {
    String name = family.name();
    return switch (family.type()) {
      case "histogram" -> Set.of(name + "_bucket", name + "_sum", name + "_count");
      case "summary" -> Set.of(name, name + "_sum", name + "_count");
      default -> Set.of(name);
    };
  }

  private static Map<String, String> labelsOf(String text) {
    Map<String, String> labels = new TreeMap<>();
    Matcher label = LABEL.matcher(text);
    int end = 0;
    while (end < text.length() && label.find(end) && label.start() == end) {
      assertThat(labels.put(label.group(1), label.group(2))).as(text).isNull();
      end = label.end();
    }
    assertThat(end).as("labels of " + text).isEqualTo(text.length());
    return labels;
  }

  private void check(Family family) {
    assertThat(helps).containsKey(family.name());
    assertThat(family.samples()).as(family.name() + " has samples").isNotEmpty();
    if (family.type().equals("counter")) {
      assertThat(family.name()).endsWith("_total");
      family.samples().forEach(sample -> assertThat(sample.value()).isNotNegative());
    } else if (family.type().equals("histogram")) {
      checkHistogram(family);
    }
  }

  /** Buckets are cumulative, in order, and the last holds all. */
  private static void checkHistogram(Family family) {
    Map<Map<String, String>, List<Sample>> buckets = new HashMap<>();
    for (Sample sample : family.samples()) {
      if (sample.name().endsWith("_bucket")) {
        Map<String, String> labels = new TreeMap<>(sample.labels());
        labels.remove("le");
        buckets.computeIfAbsent(labels, of -> new ArrayList<>()).add(sample);
      }
    }
    assertThat(buckets).isNotEmpty();
    buckets.forEach(
        (labels, of) -> {
          assertThat(of).extracting(Sample::value).isSorted();
          assertThat(of).extracting(PrometheusText::bound).isSorted().doesNotHaveDuplicates();
          Sample last = of.get(of.size() - 1);
          assertThat(bound(last)).isInfinite();
          assertThat(family.samples())
              .contains(new Sample(family.name() + "_count", labels, last.value()));
        });
  }

  private static double bound(Sample bucket) {
    String le = bucket.labels().getOrDefault("le", "none");
    return le.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(le);
  }
}
