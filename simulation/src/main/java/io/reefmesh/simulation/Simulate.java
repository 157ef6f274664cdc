package io.reefmesh.simulation;

import io.reefmesh.simulation.mutants.MutantHunt;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The command line: lives through seeds and says what they came to. */
public final class Simulate {

  private static final int BROKEN = 1;
  private static final int USAGE = 64;
  private static final int REPEATED = 20;

  private static final String HELP =
      """
      usage: bin/simulate [--seeds N] [--seed FIRST] [--steps N] [--minutes M] [--threads N]
                          [--repeat N] [--trace]
             bin/simulate --crash-points | --regressions | --mutants | --mutant NAMES | --gate

        --seeds N        so many seeds at least (1000, or 1 with --seed)
        --seed FIRST     the first seed (1)
        --steps N        go on until the dispatchers took so many events
        --minutes M      go on for so long
        --threads N      seeds at a time (one for each processor)
        --repeat N       live the first N seeds twice and compare their histories (20)
        --trace          print all that happens; with one thread
        --crash-points   live one story with a crash at each of its commits
        --regressions    live the seeds that once found a bug
        --mutants        plant each known bug in the code, and see that it is found
        --mutant NAMES   the same, these bugs only (with commas)
        --checks         the table of all checks and of the bugs that they find
        --gate           what must hold before a change is merged: all of these, five million
                         events of dispatchers or more, and the first 200 seeds twice

      Exit codes: 1 a promise was broken or a planted bug survived, 64 a wrong option.
      """;

  private long first = 1;
  private boolean firstGiven;
  private long seeds = -1;
  private long steps;
  private double minutes;
  private int threads = Runtime.getRuntime().availableProcessors();
  private long repeat = -1;
  private boolean trace;
  private String mode = "";
  private @Nullable String mutant;

  private Simulate() {}

  /** Runs it; {@code --help} says how. */
  public static void main(String[] args) throws InterruptedException {
    Simulate simulate = new Simulate();
    try {
      simulate.read(args);
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
      System.err.println("simulate: wrong option: " + e.getMessage() + "; see --help");
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
          firstGiven = true;
        }
        case "--steps" -> steps = Long.parseLong(args[++i]);
        case "--minutes" -> minutes = Double.parseDouble(args[++i]);
        case "--threads" -> threads = Math.max(1, Integer.parseInt(args[++i]));
        case "--repeat" -> repeat = Long.parseLong(args[++i]);
        case "--trace" -> trace = true;
        case "--mutant" -> {
          mode = "--mutants";
          mutant = args[++i];
        }
        case "--crash-points", "--regressions", "--mutants", "--checks", "--gate", "--help" ->
            mode = args[i];
        default -> throw new IllegalArgumentException(args[i]);
      }
    }
    if (seeds < 0) {
      seeds = steps > 0 || minutes > 0 || firstGiven ? 1 : 1_000;
    }
    threads = trace ? 1 : threads;
  }

  private int run() throws InterruptedException {
    switch (mode) {
      case "--help" -> {
        System.out.print(HELP);
        return 0;
      }
      case "--checks" -> {
        Checks.rows().forEach(System.out::println);
        return 0;
      }
      case "--gate" -> {
        return new Gate(threads, root()).run();
      }
      case "--crash-points" -> {
        return new Gate(threads, root()).crashPoints() ? 0 : BROKEN;
      }
      case "--regressions" -> {
        return new Gate(threads, root()).regressions() ? 0 : BROKEN;
      }
      case "--mutants" -> {
        return new MutantHunt(root(), mutant, threads).run() == 0 ? 0 : BROKEN;
      }
      default -> {
        return seeds() ? 0 : BROKEN;
      }
    }
  }

  private boolean seeds() throws InterruptedException {
    long nanos = (long) (minutes * 60e9);
    long twice = repeat >= 0 ? repeat : trace ? 0 : REPEATED;
    Campaign campaign = new Campaign(new Campaign.Goal(first, seeds, steps, nanos, twice), trace);
    Campaign.Failure failure = campaign.run(threads);
    if (failure != null) {
      tell(failure);
      return false;
    }
    System.out.println(campaign.figures() + "; all promises kept");
    System.out.println(campaign.details());
    return true;
  }

  static void tell(Campaign.Failure failure) {
    System.out.println(
        "seed "
            + failure.seed()
            + " ("
            + Shape.of(failure.seed()).name().toLowerCase(Locale.ROOT)
            + ") FAILED: "
            + failure.cause().getMessage());
    failure.cause().printStackTrace(System.out);
    System.out.println(
        "again, with all that happened: bin/simulate --seed " + failure.seed() + " --trace");
  }

  /** Where the sources are. */
  static Path root() {
    return Path.of(System.getProperty("simulation.root", "."));
  }
}
