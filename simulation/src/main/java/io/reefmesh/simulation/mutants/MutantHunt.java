package io.reefmesh.simulation.mutants;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Plants each bug and looks whether the check that it is for speaks, within so many seeds. */
public final class MutantHunt {

  /** A bug must be found by then. */
  public static final int SEEDS = 200;

  private final Path root;
  private final List<Mutant> mutants;
  private final int threads;
  private final AtomicInteger survivors = new AtomicInteger();

  /**
   * @param root the folder of all sources
   * @param only the names of the mutants to plant, with commas; null: all
   */
  public MutantHunt(Path root, @Nullable String only, int threads) {
    this.root = root;
    Set<String> names = only == null ? Set.of() : Set.of(only.split(","));
    this.mutants =
        Mutants.all().stream().filter(m -> only == null || names.contains(m.name())).toList();
    this.threads = threads;
    if (only != null && mutants.size() != names.size()) {
      throw new IllegalArgumentException("there is no mutant " + only);
    }
  }

  /** How many there are. */
  public int count() {
    return mutants.size();
  }

  /** Plants them one after the other, several at a time; returns how many were not found. */
  public int run() throws InterruptedException {
    ConcurrentLinkedQueue<Mutant> left = new ConcurrentLinkedQueue<>(mutants);
    List<Thread> workers = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      Thread worker =
          new Thread(
              () -> {
                Mutant mutant;
                while ((mutant = left.poll()) != null) {
                  hunt(mutant);
                }
              },
              "mutants-" + i);
      worker.start();
      workers.add(worker);
    }
    for (Thread worker : workers) {
      worker.join();
    }
    return survivors.get();
  }

  private void hunt(Mutant mutant) {
    long began = System.nanoTime();
    String line;
    try {
      line = find(mutant);
    } catch (Throwable e) {
      survivors.incrementAndGet();
      line = "FAILED   " + mutant + ": " + e;
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    System.out.println(line + String.format(Locale.ROOT, " (%.1f s)", seconds));
  }

  private String find(Mutant mutant) throws Throwable {
    MethodHandle run =
        MethodHandles.publicLookup()
            .findStatic(
                PatchedCode.load(root, mutant).loadClass("io.reefmesh.simulation.SeedRun"),
                mutant.checks().contains("D1") ? "runTwice" : "run",
                MethodType.methodType(String.class, long.class));
    TreeMap<String, Integer> others = new TreeMap<>();
    for (long seed = 1; seed <= SEEDS; seed++) {
      String said = (String) run.invokeExact(seed);
      if (said == null) {
        continue;
      }
      String check = said.substring(0, Math.max(0, said.indexOf(' ')));
      if (mutant.checks().contains(check)) {
        return "caught   " + mutant + " at seed " + seed + " by " + said;
      }
      others.merge(said.length() > 120 ? said.substring(0, 120) : said, 1, Integer::sum);
    }
    survivors.incrementAndGet();
    return "SURVIVED "
        + mutant
        + ": none of "
        + mutant.checks()
        + " spoke in "
        + SEEDS
        + " seeds"
        + (others.isEmpty() ? "" : "; others did: " + others.firstEntry());
  }
}
