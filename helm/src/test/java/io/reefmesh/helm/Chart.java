package io.reefmesh.helm;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** The chart of this module, rendered by Helm. */
final class Chart {

  /** Where helm-java brings a native Helm along. */
  private static final Set<String> PLATFORMS =
      Set.of(
          "linux/amd64",
          "linux/x86_64",
          "mac/amd64",
          "mac/x86_64",
          "mac/arm64",
          "mac/aarch64",
          "windows/amd64",
          "windows/x86_64");

  static final String RELEASE = "reef";
  static final String NAMESPACE = "mesh";

  /** What "helm.sh/hook" is called in what {@link #render} gives. */
  static final String HOOK_ANNOTATION = "plain.helm.sh/hook";

  /** The oldest Kubernetes the chart is for. */
  private static final String KUBERNETES = "1.30.0";

  private static final Path FOLDER = Path.of("reefmesh").toAbsolutePath();

  /**
   * A copy of the chart in which Helm does not recognise hooks: helm-java leaves them out of what
   * it renders, and the test pod has to obey the same rules as all others. Only the annotation's
   * prefix differs.
   */
  private static final Path FOLDER_WITH_PLAIN_HOOKS = copyWithPlainHooks();

  private Chart() {}

  /** Skips the calling test where there is no native Helm; never on Linux amd64. */
  static void assumeHelm() {
    String platform = system() + "/" + System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    Assumptions.assumeTrue(
        PLATFORMS.contains(platform), "helm-java has no native Helm for " + platform);
  }

  static LintResult lint() {
    return new Helm(FOLDER).lint().strict().call();
  }

  /** Renders as "reef" in the namespace "mesh", with these values in YAML. */
  static Manifests render(String values) {
    return render(RELEASE, values);
  }

  /**
   * Renders under another release name.
   *
   * @throws IllegalStateException if Helm refuses, with what it says
   */
  static Manifests render(String release, String values) {
    return withValuesFile(
        values,
        file ->
            Manifests.parse(
                new Helm(FOLDER_WITH_PLAIN_HOOKS)
                    .template()
                    .withName(release)
                    .withNamespace(NAMESPACE)
                    .withKubeVersion(KUBERNETES)
                    .withValuesFile(file)
                    .call()));
  }

  /** What an operator reads after the installation. */
  static String notes(String values) {
    return withValuesFile(
        values,
        file ->
            new Helm(FOLDER)
                .install()
                .clientOnly()
                .dryRun()
                .withName(RELEASE)
                .withNamespace(NAMESPACE)
                .withKubeVersion(KUBERNETES)
                .withValuesFile(file)
                .call()
                .getOutput());
  }

  private static <T> T withValuesFile(String values, Function<Path, T> use) {
    try {
      Path file = Files.createTempFile("values", ".yaml");
      try {
        Files.writeString(file, values);
        return use.apply(file);
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path copyWithPlainHooks() {
    try (Stream<Path> files = Files.walk(FOLDER)) {
      Path copy = Files.createTempDirectory(Path.of("target"), "chart").resolve("reefmesh");
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = copy.resolve(FOLDER.relativize(file));
        Files.createDirectories(target.getParent());
        Files.writeString(
            target, Files.readString(file).replace("helm.sh/hook:", HOOK_ANNOTATION + ":"));
      }
      return copy.toAbsolutePath();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String system() {
    String name = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    if (name.startsWith("linux")) {
      return "linux";
    }
    return name.startsWith("mac") ? "mac" : name.startsWith("windows") ? "windows" : name;
  }
}
