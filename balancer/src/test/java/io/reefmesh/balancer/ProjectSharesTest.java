package io.reefmesh.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is remembered of projects, and for how long. */
final class ProjectSharesTest {

  private final ProjectShares shares =
      new ProjectShares(
          new QueueRules(1, 0, 0, 1, ImmutableMap.of("heavy", 1_000), ImmutableMap.of()));

  private ProjectShare ready(String project) {
    ProjectShare share = shares.join(project);
    shares.readied(share);
    return share;
  }

  private void turnAndGo(ProjectShare share) {
    shares.charge(share);
    shares.unreadied(share);
    shares.leave(share);
  }

  @Test
  void shouldForgetAProjectWhenItsDebtIsPaid() {
    ProjectShare steady = ready("steady");
    turnAndGo(ready("guest"));
    assertThat(shares.all()).hasSize(2);
    shares.charge(steady);
    assertThat(shares.all()).as("as far as the guest").hasSize(2);
    shares.charge(steady);
    assertThat(shares.all()).extracting(share -> share.project).containsExactly("steady");
  }

  @Test
  void shouldRememberADebtThatIsNotPaid() {
    ready("steady");
    turnAndGo(ready("guest"));
    long owed = shares.join("guest").pass;
    assertThat(owed).isEqualTo(720_720);
  }

  @Test
  void shouldForgetAllDebtsWhenNobodyWaits() {
    turnAndGo(ready("a"));
    turnAndGo(ready("b"));
    assertThat(shares.all()).isEmpty();
  }

  @Test
  void shouldRememberABoundedNumberOfDebts() {
    // given: one that never gets its turn, so that time stands still
    ready("steady");
    // when
    for (int i = 0; i < 30_000; i++) {
      turnAndGo(ready("guest-" + i));
    }
    // then
    assertThat(shares.all()).hasSizeLessThanOrEqualTo(10_001);
  }

  @Test
  void shouldForgetTheSmallestDebtFirst() {
    ready("steady");
    turnAndGo(ready("heavy"));
    for (int i = 0; i < 10_000; i++) {
      turnAndGo(ready("guest-" + i));
    }
    assertThat(shares.all()).extracting(share -> share.project).doesNotContain("heavy");
    assertThat(shares.all()).hasSize(10_001);
  }

  @Test
  void shouldNotLetAProjectBeMoreThanATurnAheadWhateverItDoes() {
    List<ProjectShare> projects = new ArrayList<>();
    for (String project : List.of("heavy", "a", "b")) {
      projects.add(ready(project));
    }
    for (int i = 0; i < 5_000; i++) {
      shares.charge(projects.get((i * i) % 7 % 3));
      assertThat(projects).allMatch(shares::isWithinOneTurn);
    }
  }

  @Test
  void shouldSayHowManyTurnsComeFirst() {
    ProjectShare light = ready("light");
    ProjectShare heavy = ready("heavy");
    assertThat(shares.turnsBefore(heavy, light, 0)).isEqualTo(1);
    assertThat(shares.turnsBefore(heavy, light, 1)).isEqualTo(1_002);
    assertThat(shares.turnsBefore(light, heavy, 1)).isEqualTo(1);
    shares.charge(light);
    assertThat(shares.turnsBefore(light, heavy, 0)).isZero();
  }
}
