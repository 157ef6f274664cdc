package io.reefmesh.simulation;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The command line: lives through seeds and says what they came to. */
public final class Simulate {

  private static final int USAGE = 64;
  private static final int BROKEN = 1;
  private static final int REPEATED = 20;

  private long first = 1;
  private long seeds = 1_000;
  private double minutes;
  private boolean trace;
  private @Nullable Mutant mutant;

  private Simulate() {}

  /** Runs {@code --seeds N --seed FIRST --minutes M --mutant NAME --trace}. */
  public static void main(String[] args) {
    Simulate simulate = new Simulate();
    try {
      simulate.read(args);
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
      System.err.println("simulate: " + e.getMessage());
      System.err.println(
          "usage: simulate [--seeds N] [--seed FIRST] [--minutes M] [--mutant NAME] [--trace]");
      System.exit(USAGE);
    }
    System.exit(simulate.run());
  }

  private void read(String[] args) {
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--seeds" -> seeds = Long.parseLong(args[++i]);
        case "--seed" -> {
          first = Long.parseLong(args[++i]);
          seeds = 1;
        }
        case "--minutes" -> {
          minutes = Double.parseDouble(args[++i]);
          seeds = Long.MAX_VALUE;
        }
        case "--mutant" -> mutant = Mutant.valueOf(args[++i]);
        case "--trace" -> trace = true;
        default -> throw new IllegalArgumentException("unknown option " + args[i]);
      }
    }
  }

  private int run() {
    long began = System.nanoTime();
    long end = minutes > 0 ? began + (long) (minutes * 60e9) : Long.MAX_VALUE;
    long done = 0;
    long steps = 0;
    long tasks = 0;
    long faults = 0;
    for (long seed = first; done < seeds && System.nanoTime() < end; seed++) {
      try {
        World.Report report = World.run(seed, mutant, trace);
        if (done < REPEATED && World.run(seed, mutant, false).hash() != report.hash()) {
          throw new Violation("the seed gave another history the second time");
        }
        done++;
        steps += report.steps();
        tasks += report.tasks();
        faults += report.faults();
      } catch (RuntimeException violation) {
        System.out.println("seed " + seed + " FAILED: " + violation.getMessage());
        violation.printStackTrace(System.out);
        System.out.println(
            "again, with all that happened: bin/simulate --seed " + seed + " --trace");
        return BROKEN;
      }
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "%d seeds, %d engine steps, %d tasks, %d faults in %.1f s: %.1f seeds/s; all promises"
            + " kept%n",
        done,
        steps,
        tasks,
        faults,
        seconds,
        done / seconds);
    return 0;
  }
}
