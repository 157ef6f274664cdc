package io.reefmesh.bench.jfr;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordedObject;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;

/**
 * A flight recording as a few tables: where threads were when they were looked at, what was on the
 * way there, and who allocated. Samples in native code are kept apart, because a thread that waits
 * looks the same there as one that works; known waits are left out.
 */
public final class RecordingSummary {

  private static final int ROWS = 18;
  private static final List<String> WAITS =
      List.of(
          "epollWait",
          "EPoll.wait",
          "Net.accept",
          "Unsafe.park",
          "read0",
          "socketRead",
          "waitForProcessExit",
          // A pipe; what the mesh itself reads of files is in SQLite.
          "FileInputStream.readBytes");

  private final Map<String, Double> threads = new HashMap<>();
  private final Map<String, Double> tops = new HashMap<>();
  private final Map<String, Double> nativeTops = new HashMap<>();
  private final Map<String, Double> ours = new HashMap<>();
  private final Map<String, Double> oursInclusive = new HashMap<>();
  private final Map<String, Double> allocatedClasses = new HashMap<>();
  private final Map<String, Double> allocators = new HashMap<>();
  private double samples;
  private double allocatedBytes;

  private RecordingSummary() {}

  /**
   * Reads a recording.
   *
   * @param from events before do not count
   * @param to events after do not count
   */
  public static RecordingSummary of(Path file, Instant from, Instant to) throws IOException {
    RecordingSummary summary = new RecordingSummary();
    try (RecordingFile events = new RecordingFile(file)) {
      while (events.hasMoreEvents()) {
        RecordedEvent event = events.readEvent();
        Instant at = event.getStartTime();
        if (!at.isBefore(from) && !at.isAfter(to)) {
          summary.add(event);
        }
      }
    }
    return summary;
  }

  private void add(RecordedEvent event) {
    switch (event.getEventType().getName()) {
      case "jdk.ExecutionSample" -> sample(event, false);
      case "jdk.NativeMethodSample" -> sample(event, true);
      case "jdk.ObjectAllocationSample" -> allocation(event);
      default -> {
        // Not about time or memory.
      }
    }
  }

  private void sample(RecordedEvent event, boolean inNative) {
    RecordedStackTrace stack = event.getStackTrace();
    if (stack == null || stack.getFrames().isEmpty()) {
      return;
    }
    List<RecordedFrame> frames = stack.getFrames();
    String top = name(frames.get(0));
    if (inNative && WAITS.stream().anyMatch(top::contains)) {
      return;
    }
    // The profile settings look twice as often at Java code as at native code.
    double weight = inNative ? 2 : 1;
    samples += weight;
    RecordedThread thread = event.getThread("sampledThread");
    add(threads, thread == null ? "?" : group(String.valueOf(thread.getJavaName())), weight);
    add(inNative ? nativeTops : tops, top, weight);
    boolean first = true;
    Set<String> seen = new HashSet<>();
    for (RecordedFrame frame : frames) {
      String name = name(frame);
      if (isOurs(name)) {
        if (first) {
          add(ours, name, weight);
          first = false;
        }
        if (!name.contains("lambda$") && !name.contains("$$Lambda") && seen.add(name)) {
          add(oursInclusive, name, weight);
        }
      }
    }
  }

  private void allocation(RecordedEvent event) {
    double bytes = event.getLong("weight");
    allocatedBytes += bytes;
    RecordedObject what = event.getValue("objectClass");
    add(allocatedClasses, what == null ? "?" : what.getString("name"), bytes);
    RecordedStackTrace stack = event.getStackTrace();
    if (stack != null) {
      String who =
          stack.getFrames().stream()
              .map(RecordingSummary::name)
              .filter(RecordingSummary::isOurs)
              .findFirst()
              .orElseGet(() -> stack.getFrames().isEmpty() ? "?" : name(stack.getFrames().get(0)));
      add(allocators, who, bytes);
    }
  }

  /** The tables. */
  public String format(String title) {
    StringBuilder text = new StringBuilder();
    text.append("== ").append(title).append('\n');
    text.append(String.format(Locale.ROOT, "%.0f samples of running threads%n", samples));
    table(text, "threads", threads, samples);
    table(text, "on top, Java", tops, samples);
    table(text, "on top, native (weight 2)", nativeTops, samples);
    table(text, "first frame of ours", ours, samples);
    table(text, "frames of ours, callees included", oursInclusive, samples);
    text.append(String.format(Locale.ROOT, "%.0f MiB allocated%n", allocatedBytes / (1 << 20)));
    table(text, "allocated classes", allocatedClasses, allocatedBytes);
    table(text, "allocated by the first frame of ours", allocators, allocatedBytes);
    return text.toString();
  }

  private static void table(
      StringBuilder text, String heading, Map<String, Double> weights, double total) {
    text.append("-- ").append(heading).append('\n');
    weights.entrySet().stream()
        .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
        .limit(ROWS)
        .forEach(
            entry ->
                text.append(
                    String.format(
                        Locale.ROOT,
                        "  %5.1f %%  %s%n",
                        100 * entry.getValue() / total,
                        entry.getKey())));
  }

  private static String name(RecordedFrame frame) {
    RecordedMethod method = frame.getMethod();
    return method == null ? "?" : method.getType().getName() + "." + method.getName();
  }

  private static boolean isOurs(String frame) {
    return frame.startsWith("io.reefmesh.");
  }

  /** Threads of a pool are one. */
  private static String group(String thread) {
    return thread.replaceAll("[0-9]+", "N");
  }

  private static void add(Map<String, Double> to, String key, double weight) {
    to.merge(key, weight, Double::sum);
  }
}
