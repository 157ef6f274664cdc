package io.reefmesh.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.reefmesh.simulation.mutants.MutantHunt;
import io.reefmesh.simulation.mutants.Mutants;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * A small part of what {@code bin/simulate --gate} does, so that every build sees a broken promise:
 * seeded histories, their exact repetition, a planted bug, and that everything is told of.
 */
final class SimulationTest {

  private static final int THREADS = 2;
  private static final Path ROOT = Path.of("..");

  @Test
  void shouldKeepEveryPromiseWhenFaultsComeByManySeeds() throws InterruptedException {
    // given
    Campaign campaign = new Campaign(new Campaign.Goal(1, 80, 0, 0, 16), false);

    // when
    Campaign.Failure failure = campaign.run(THREADS);

    // then
    System.out.println(campaign.figures());
    assertThat(failure).as("again with bin/simulate --trace --seed").isNull();
    assertThat(campaign.seeds()).isEqualTo(80);
    assertThat(campaign.tasks()).isGreaterThan(100 * campaign.seeds());
    assertThat(campaign.faults().total()).isGreaterThan(5 * campaign.seeds());
  }

  @Test
  void shouldTellHistoriesApartWhenSeedsDiffer() {
    assertThat(World.run(8, false).hash()).isNotEqualTo(World.run(16, false).hash());
    assertThat(World.run(8, false).hash()).isEqualTo(World.run(8, false).hash());
  }

  @Test
  void shouldKeepEveryPromiseWhenSeedsThatFoundBugsAreLivedAgain() {
    for (Regressions.Found found : Regressions.all()) {
      Regressions.replay(found);
      assertThat(Mutants.names()).as("what brings it back: " + found).contains(found.mutant());
    }
  }

  @Test
  void shouldFindABugWhenItIsPlanted() throws InterruptedException {
    assertThat(new MutantHunt(ROOT, "NO_FENCING", 1).run()).isZero();
  }

  @Test
  void shouldBePlantableWhenTheCodeHasChanged() {
    Mutants.all().forEach(mutant -> assertThat(Mutants.sources(ROOT, mutant)).isNotEmpty());
  }

  @Test
  void shouldHaveABugForEachCheckAndACheckForEachBug() {
    assertThat(Mutants.all().stream().flatMap(mutant -> mutant.checks().stream()))
        .containsAll(Checks.names())
        .allMatch(Checks.names()::contains);
    assertThat(Mutants.names()).doesNotHaveDuplicates();
  }

  @Test
  void shouldBeInTheDocumentsWhenItIsACheck() throws IOException {
    assertThat(Files.readAllLines(ROOT.resolve("docs/adr/006-simulation.md")))
        .as("the table that bin/simulate --checks prints")
        .containsAll(Checks.rows());
  }
}
