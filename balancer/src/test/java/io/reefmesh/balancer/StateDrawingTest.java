package io.reefmesh.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The drawings and tables of docs/state-machines.md say what the code does. */
final class StateDrawingTest {

  private static final Pattern ROW = Pattern.compile("\\| (.+?) \\| (.+?) \\| .+ \\|");
  private static final Pattern ARROW = Pattern.compile("    ([A-Z]+) --> ([A-Z]+): .+");

  private static String chapter(String title) throws IOException {
    String text = Files.readString(Path.of("..", "docs", "state-machines.md"));
    int start = text.indexOf("## " + title);
    int end = text.indexOf("\n## ", start + 1);
    return text.substring(start, end < 0 ? text.length() : end);
  }

  private static Set<String> states(String cell) {
    Set<String> states = new TreeSet<>();
    Matcher name = Pattern.compile("`([A-Z]+)`").matcher(cell);
    while (name.find()) {
      states.add(name.group(1));
    }
    return states;
  }

  private static Set<String> tabled(String chapter) {
    Set<String> changes = new TreeSet<>();
    Matcher row = ROW.matcher(chapter);
    while (row.find()) {
      for (String from : states(row.group(1))) {
        states(row.group(2)).forEach(to -> changes.add(from + " -> " + to));
      }
    }
    return changes;
  }

  private static Set<String> drawn(String chapter) {
    Set<String> changes = new TreeSet<>();
    Matcher arrow = ARROW.matcher(chapter);
    while (arrow.find()) {
      changes.add(arrow.group(1) + " -> " + arrow.group(2));
    }
    return changes;
  }

  private static <S extends Enum<S>> Set<String> coded(S[] states, BiPredicate<S, S> may) {
    Set<String> changes = new TreeSet<>();
    for (S from : states) {
      Arrays.stream(states)
          .filter(to -> may.test(from, to))
          .forEach(to -> changes.add(from + " -> " + to));
    }
    return changes;
  }

  @Test
  void shouldDrawTheLifeOfATaskAsItIs() throws IOException {
    Set<String> coded = coded(TaskState.values(), TaskState::mayBecome);
    assertThat(tabled(chapter("Task"))).isEqualTo(coded);
    assertThat(drawn(chapter("Task"))).isEqualTo(coded);
  }

  @Test
  void shouldDrawTheLifeOfANodeAsItIs() throws IOException {
    Set<String> coded = coded(NodeState.values(), NodeState::mayBecome);
    assertThat(tabled(chapter("Node"))).isEqualTo(coded);
    // The drawing shows the usual ways only.
    assertThat(coded).containsAll(drawn(chapter("Node")));
    assertThat(drawn(chapter("Node"))).hasSizeGreaterThan(10);
  }
}
