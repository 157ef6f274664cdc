package io.reefmesh.client;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The cores are simulated as they are: neither they nor what they use may know time or threads. */
final class CorePurityTest {

  private final JavaClasses classes = ours();

  private static JavaClasses ours() {
    ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
    return new ClassFileImporter()
        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
        .importPackages("io.reefmesh.client");
  }

  @Test
  void shouldNotReachThreadsClocksOrTheOutside() {
    // when
    Set<String> cores = reachable(RetryCore.class.getName(), WatchCore.class.getName());

    // then
    assertThat(cores)
        .contains(EventOrder.class.getName(), Backoff.class.getName(), Failures.class.getName())
        .doesNotContain(
            RepeatedCall.class.getName(),
            ResumingWatch.class.getName(),
            TaskListener.class.getName());
    noClasses()
        .that(nameIn(cores))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "java.util.concurrent..", "java.io..", "java.nio..", "java.net..", "io.grpc.stub..")
        .orShould()
        .dependOnClassesThat()
        .haveSimpleNameEndingWith("Channel")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(Math.class, "random")
        .orShould()
        .accessClassesThat()
        .belongToAnyOf(Thread.class, Clock.class, Instant.class)
        .check(classes);
  }

  private static DescribedPredicate<JavaClass> nameIn(Set<String> names) {
    return DescribedPredicate.describe("belong to a core", type -> names.contains(type.getName()));
  }

  /** Our own classes that these need, directly or not. */
  private Set<String> reachable(String... from) {
    Set<String> seen = new TreeSet<>();
    ArrayDeque<String> todo = new ArrayDeque<>(List.of(from));
    while (!todo.isEmpty()) {
      String name = todo.remove();
      if (classes.contain(name) && seen.add(name)) {
        classes
            .get(name)
            .getDirectDependenciesFromSelf()
            .forEach(dependency -> todo.add(dependency.getTargetClass().getName()));
      }
    }
    return seen;
  }
}
