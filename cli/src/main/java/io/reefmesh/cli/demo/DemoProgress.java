package io.reefmesh.cli.demo;

import io.reefmesh.cli.output.Terminal;

/**
 * How far the demo is: one line that moves where a person looks, else a line for each tenth. Used
 * by one thread.
 */
final class DemoProgress {

  private static final int STEPS = 10;
  private static final int BAR = 30;

  private final Terminal terminal;
  private final int total;
  private final long startNanos = System.nanoTime();
  private int lastStep;
  private boolean open;

  DemoProgress(Terminal terminal, int total) {
    this.terminal = terminal;
    this.total = total;
  }

  /** So many tasks have ended. */
  void done(int ended) {
    int step = ended * STEPS / total;
    if (!terminal.isLive() && step == lastStep) {
      return;
    }
    lastStep = step;
    open = true;
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    long rate = seconds > 0 ? Math.round(ended / seconds) : 0;
    terminal.replaceable(bar(ended) + " " + ended + " of " + total + ", " + rate + "/s");
  }

  /** Something happened meanwhile. */
  void note(String text) {
    end();
    terminal.note("  " + text);
  }

  /** The line is complete. */
  void end() {
    if (open) {
      terminal.endReplaceable();
      open = false;
    }
  }

  private String bar(int ended) {
    int filled = ended * BAR / total;
    return "  [" + "#".repeat(filled) + ".".repeat(BAR - filled) + "]";
  }
}
