package io.reefmesh.bench;

import java.io.PrintStream;
import java.util.Locale;

/** Says on standard error what goes on. Thread-safe. */
public final class Progress {

  private final PrintStream out;
  private final long beganNanos = System.nanoTime();

  /** On that stream. */
  public Progress(PrintStream out) {
    this.out = out;
  }

  /** One line, with the time since the begin. */
  public void say(String what) {
    double seconds = (System.nanoTime() - beganNanos) / 1e9;
    out.println(String.format(Locale.ROOT, "[%6.1f s] %s", seconds, what));
  }

  /** Something longer, as it is. */
  public void print(String text) {
    out.print(text);
  }
}
