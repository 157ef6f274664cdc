package io.reefmesh.node.link;

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
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * The core is simulated as it is: neither it nor anything it uses here may know time or threads.
 */
final class CorePurityTest {

  private static final String OURS = "io.reefmesh.";

  private final JavaClasses classes = ours();

  /**
   * Ours alone: what others' classes look like inside is of no interest, and takes long to read.
   */
  private static JavaClasses ours() {
    ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
    return new ClassFileImporter()
        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
        .importPackages("io.reefmesh.node", "io.reefmesh.client");
  }

  @Test
  void shouldNotReachThreadsClocksOrTheOutside() {
    Set<String> core = reachable(LinkCore.class.getName());

    assertThat(core)
        .contains(Workload.class.getName(), ReportOutbox.class.getName())
        .doesNotContain(GatewayLink.class.getName(), ThreadMailbox.class.getName());
    noClasses()
        .that(nameIn(core))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "java.util.concurrent..", "java.io..", "java.nio..", "java.net..", "io.grpc.stub..")
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
    return DescribedPredicate.describe(
        "belong to the core", type -> names.contains(type.getName()));
  }

  /** Our own classes that a class needs, directly or not. */
  private Set<String> reachable(String from) {
    Set<String> seen = new TreeSet<>();
    ArrayDeque<String> todo = new ArrayDeque<>(Set.of(from));
    while (!todo.isEmpty()) {
      String name = todo.remove();
      if (name.startsWith(OURS) && classes.contain(name) && seen.add(name)) {
        classes
            .get(name)
            .getDirectDependenciesFromSelf()
            .forEach(dependency -> todo.add(dependency.getTargetClass().getName()));
      }
    }
    return seen;
  }
}
