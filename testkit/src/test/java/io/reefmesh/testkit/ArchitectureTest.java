package io.reefmesh.testkit;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The arrows between the modules, and the purity of the balancer. */
final class ArchitectureTest {

  private static final JavaClasses OURS =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.reefmesh");

  @Test
  void shouldKeepTheArrowsBetweenTheModules() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("proto")
        .definedBy("io.reefmesh.v1..")
        .layer("config")
        .definedBy("io.reefmesh.config..")
        .layer("balancer")
        .definedBy("io.reefmesh.balancer..")
        .layer("client-sdk")
        .definedBy("io.reefmesh.client..")
        .layer("node-runner")
        .definedBy("io.reefmesh.node..")
        .layer("gateway-server")
        .definedBy("io.reefmesh.gateway..")
        .layer("testkit")
        .definedBy("io.reefmesh.testkit..")
        .whereLayer("proto")
        .mayNotAccessAnyLayer()
        .whereLayer("config")
        .mayNotAccessAnyLayer()
        .whereLayer("balancer")
        .mayNotAccessAnyLayer()
        .whereLayer("client-sdk")
        .mayOnlyAccessLayers("proto")
        .whereLayer("node-runner")
        .mayOnlyAccessLayers("client-sdk", "proto", "config")
        .whereLayer("gateway-server")
        .mayOnlyAccessLayers("balancer", "proto", "config")
        .check(OURS);
  }

  @Test
  void shouldKeepTheBalancerPure() {
    noClasses()
        .that()
        .resideInAPackage("io.reefmesh.balancer..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "java.io..",
            "java.nio.file..",
            "java.nio.channels..",
            "java.net..",
            "java.sql..",
            "java.util.concurrent..",
            "io.grpc..",
            "com.google.protobuf..",
            "org.slf4j..")
        .check(OURS);
    noClasses()
        .that()
        .resideInAPackage("io.reefmesh.balancer..")
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(
            Thread.class,
            java.util.Random.class,
            java.util.UUID.class,
            java.util.Date.class,
            java.util.Timer.class)
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(Math.class, "random")
        .check(OURS);
    // An Instant may stand in a sentence for people; where it comes from may not.
    noClasses()
        .that()
        .resideInAPackage("io.reefmesh.balancer..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("java.time..").and(not(equivalentTo(java.time.Instant.class))))
        .orShould()
        .callMethod(java.time.Instant.class, "now")
        .check(OURS);
  }

  @Test
  void shouldKeepClocksOutOfTheNodesCore() {
    noClasses()
        .that()
        .resideInAPackage("io.reefmesh.node.link..")
        .and()
        .haveSimpleNameEndingWith("Core")
        .should()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .check(OURS);
  }
}
