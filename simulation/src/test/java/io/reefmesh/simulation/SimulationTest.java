package io.reefmesh.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.reefmesh.gateway.store.StoreException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Seeded histories: kept promises, exact repetition, and planted bugs that must be found. */
@Timeout(900)
final class SimulationTest {

  private static final int SEEDS = Integer.getInteger("simulation.seeds", 150);
  private static final int REPEATED = Math.min(30, SEEDS);
  private static final int SEEDS_FOR_A_MUTANT = 200;

  @Test
  void shouldKeepEveryPromiseWhenFaultsComeByManySeeds() {
    // given
    long steps = 0;
    long tasks = 0;
    long faults = 0;

    // when
    for (int seed = 1; seed <= SEEDS; seed++) {
      World.Report report = lived(seed);
      steps += report.steps();
      tasks += report.tasks();
      faults += report.faults();
    }

    // then
    System.out.printf(
        "%d seeds, %d engine steps, %d tasks, %d faults%n", SEEDS, steps, tasks, faults);
    assertThat(tasks).as("tasks on average").isGreaterThanOrEqualTo(100L * SEEDS);
    assertThat(faults).as("faults on average").isGreaterThanOrEqualTo(5L * SEEDS);
  }

  private static World.Report lived(long seed) {
    try {
      return World.run(seed, null, false);
    } catch (RuntimeException violation) {
      throw new AssertionError(
          "seed " + seed + ": bin/simulate --seed " + seed + " --trace", violation);
    }
  }

  @Test
  void shouldLeaveTheSameTraceWhenASeedIsLivedTwice() {
    for (int seed = 1; seed <= REPEATED; seed++) {
      // when
      World.Report once = lived(seed);
      World.Report twice = lived(seed);

      // then
      assertThat(twice).isEqualTo(once);
    }
    assertThat(lived(1).hash()).isNotEqualTo(lived(2).hash());
  }

  @ParameterizedTest
  @EnumSource(Mutant.class)
  void shouldFindABugWhenItIsPlanted(Mutant mutant) {
    for (int seed = 1; seed <= SEEDS_FOR_A_MUTANT; seed++) {
      try {
        World.run(seed, mutant, false);
      } catch (Violation | IllegalStateException | StoreException found) {
        // The model, the dispatcher's own invariants, or the store: anything else is no finding.
        System.out.println(mutant + " found at seed " + seed + ": " + found.getMessage());
        return;
      }
    }
    fail("%s survived %d seeds", mutant, SEEDS_FOR_A_MUTANT);
  }
}
