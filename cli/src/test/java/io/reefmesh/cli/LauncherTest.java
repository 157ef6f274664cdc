package io.reefmesh.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher, in a project of its own with a recording Java and a recording Maven: what it looks
 * for, when it builds, and what it becomes.
 */
final class LauncherTest {

  private static final Path LAUNCHER = Path.of("../bin/reefmesh").toAbsolutePath().normalize();
  private static final List<String> TOOLS =
      List.of(
          "cat",
          "dirname",
          "find",
          "grep",
          "head",
          "kill",
          "mkdir",
          "mv",
          "readlink",
          "rm",
          "sed",
          "sleep",
          "tail",
          "touch");

  private record Run(int exitCode, String out, String err, long processId) {}

  @TempDir Path folder;
  private Path root;
  private Path tools;
  private Path jdk;

  @BeforeEach
  void aProjectAJavaAndAMaven() throws IOException {
    root = Files.createDirectories(folder.resolve("pro ject"));
    Path bin = Files.createDirectories(root.resolve("bin"));
    Files.copy(LAUNCHER, bin.resolve("reefmesh"));
    executable(bin.resolve("reefmesh"), Files.readString(LAUNCHER));
    Files.writeString(root.resolve("pom.xml"), "<project/>");
    Files.createDirectories(root.resolve("cli/src/main"));
    Files.writeString(root.resolve("cli/pom.xml"), "<project/>");
    Files.writeString(root.resolve("cli/src/main/A.java"), "class A {}");
    age(root, 3600);
    tools = Files.createDirectories(folder.resolve("tools"));
    for (String tool : TOOLS) {
      Path real = onPath(tool);
      if (real != null) {
        executable(tools.resolve(tool), "#!/bin/sh\nexec " + real + " \"$@\"\n");
      }
    }
    jdk = java("jdk-17", "17.0.9");
    maven(
        """
        echo built >>%s/builds
        mkdir -p cli/target && echo jar >cli/target/reefmesh-all.jar
        """
            .formatted(folder));
  }

  @Test
  void shouldBeValidPosixShell() throws Exception {
    Process check = new ProcessBuilder("sh", "-n", LAUNCHER.toString()).inheritIO().start();
    assertThat(check.waitFor()).isZero();
    assertThat(Files.readString(LAUNCHER)).startsWith("#!/bin/sh\n");
    assertThat(Files.isExecutable(LAUNCHER)).isTrue();
  }

  @Test
  void shouldBuildOnFirstUseAndNotAgain() throws Exception {
    // when
    Run first = run(Map.of(), "version");
    Run second = run(Map.of(), "version");

    // then
    assertThat(first.exitCode()).as(first.err()).isZero();
    assertThat(first.err()).contains("building").contains("built in");
    assertThat(second.exitCode()).isZero();
    assertThat(second.err()).isEmpty();
    assertThat(builds()).isEqualTo(1);
  }

  @Test
  void shouldHandArgumentsOnWhenCalledThroughALinkFromElsewhere() throws Exception {
    // given
    Path link = folder.resolve("link");
    Files.createSymbolicLink(folder.resolve("hop"), root.resolve("bin/reefmesh"));
    Files.createSymbolicLink(link, Path.of("hop"));

    // when
    Run run = run(link, Map.of(), "submit", "--json", "{\"a\": \"b  c\"}", "");

    // then
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out())
        .contains(
            "[-jar]\n["
                + root.toRealPath()
                + "/cli/target/reefmesh-all.jar]\n[submit]\n[--json]\n[{\"a\": \"b  c\"}]\n[]\n");
  }

  @Test
  void shouldBecomeTheJavaProcessSoThatSignalsReachIt() throws Exception {
    Run run = run(Map.of(), "version");
    assertThat(run.out()).contains("pid " + run.processId() + "\n");
  }

  @Test
  void shouldPassTheExitCodeOn() throws Exception {
    assertThat(run(Map.of("FAKE_EXIT", "4"), "version").exitCode()).isEqualTo(4);
  }

  @Test
  void shouldBuildAgainWhenASourceIsNewerThanTheJar() throws Exception {
    // given
    run(Map.of(), "version");

    // when
    Files.setLastModifiedTime(
        root.resolve("cli/src/main/A.java"), FileTime.from(Instant.now().plusSeconds(1)));
    Run run = run(Map.of(), "version");

    // then
    assertThat(run.exitCode()).isZero();
    assertThat(builds()).isEqualTo(2);
  }

  @Test
  void shouldBuildOnceWhenTwoFirstUsesMeet() throws Exception {
    // given a build that ends only when both have started
    maven(
        """
        echo built >>%1$s/builds
        until [ -e %1$s/go ]; do sleep 0.1; done
        mkdir -p cli/target && echo jar >cli/target/reefmesh-all.jar
        """
            .formatted(folder));
    Process one = start(root.resolve("bin/reefmesh"), Map.of(), "version");
    Process two = start(root.resolve("bin/reefmesh"), Map.of(), "version");

    // when
    assertThat(lineWith(one, two, "waiting")).isTrue();
    Files.createFile(folder.resolve("go"));

    // then
    assertThat(one.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(two.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(List.of(one.exitValue(), two.exitValue())).containsOnly(0);
    assertThat(builds()).isEqualTo(1);
    assertThat(root.resolve("cli/target/reefmesh-build.lock")).doesNotExist();
  }

  @Test
  void shouldTakeTheLockOverWhenItsOwnerDied() throws Exception {
    // given
    Process dead = new ProcessBuilder("true").start();
    dead.waitFor();
    Path lock = Files.createDirectories(root.resolve("cli/target/reefmesh-build.lock"));
    Files.writeString(lock.resolve("pid"), dead.pid() + "\n");

    // when
    Run run = run(Map.of(), "version");

    // then
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(builds()).isEqualTo(1);
  }

  @Test
  void shouldShowWhatMavenSaidWhenTheBuildFails() throws Exception {
    // given
    maven("echo '[INFO] fine'; echo '[ERROR] A.java:1 is broken'; exit 1");

    // when
    Run run = run(Map.of(), "version");

    // then
    assertThat(run.exitCode()).isEqualTo(70);
    assertThat(run.err())
        .contains("the build failed")
        .contains("A.java:1 is broken")
        .contains("cli/target/build.log");
    assertThat(run.out()).isEmpty();
    assertThat(root.resolve("cli/target/reefmesh-build.lock")).doesNotExist();
  }

  @Test
  void shouldSayWhatToInstallWhenMavenIsMissing() throws Exception {
    // given
    Files.delete(tools.resolve("mvn"));

    // when
    Run run = run(Map.of(), "version");

    // then
    assertThat(run.exitCode()).isEqualTo(78);
    assertThat(run.err()).contains("mvn is not on the PATH").contains("apt install maven");
  }

  @Test
  void shouldRunAGivenJarWithoutBuilding() throws Exception {
    // given
    Files.delete(tools.resolve("mvn"));
    Path jar = Files.writeString(folder.resolve("my.jar"), "jar");

    // when
    Run run = run(Map.of("REEFMESH_JAR", jar.toString()), "version");

    // then
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("[-jar]\n[" + jar + "]");
  }

  @Test
  void shouldPutTheUsersOptionsLast() throws Exception {
    Run run = run(Map.of("REEFMESH_JAVA_OPTS", "-Xmx99m -Dx=y"), "gateway");
    assertThat(run.out())
        .contains("[-XX:+ExitOnOutOfMemoryError]\n[--enable-native-access=ALL-UNNAMED]\n")
        .contains("[-Xmx99m]\n[-Dx=y]\n[-jar]\n")
        .doesNotContain("unsafe");
  }

  @Test
  void shouldAllowUnsafeMemoryWhenJavaWouldWarnOfIt() throws Exception {
    Path newer = java("jdk-25", "25.0.1");
    Run run = run(Map.of("REEFMESH_JAVA", newer.toString()), "version");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("jdk-25").contains("[--sun-misc-unsafe-memory-access=allow]\n");
  }

  @Test
  void shouldRefuseAnOldJavaThatWasAskedFor() throws Exception {
    Path old = java("jdk-8", "1.8.0_392");
    Run run = run(Map.of("REEFMESH_JAVA", old + "/bin/java"), "version");
    assertThat(run.exitCode()).isEqualTo(78);
    assertThat(run.err()).contains("REEFMESH_JAVA").contains("17 or newer");
  }

  @Test
  void shouldPassOverAnOldJavaHome() throws Exception {
    Path old = java("jdk-11", "11.0.2");
    Run run =
        run(Map.of("JAVA_HOME", old.toString(), "PATH", tools + ":" + jdk + "/bin"), "version");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("jdk-17");
  }

  @Test
  void shouldAskJavaForItsVersionWhenNoFileTells() throws Exception {
    Files.delete(jdk.resolve("release"));
    Run run = run(Map.of("REEFMESH_JAVA", jdk.toString()), "version");
    assertThat(run.exitCode()).as(run.err()).isZero();
  }

  private Path java(String name, String version) throws IOException {
    Path home = folder.resolve(name);
    Path bin = Files.createDirectories(home.resolve("bin"));
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    executable(
        bin.resolve("java"),
        """
        #!/bin/sh
        if [ "${1:-}" = -version ]; then echo 'openjdk version "%s" 2024-01-01' >&2; exit 0; fi
        echo "java %s"
        echo "pid $$"
        for word in "$@"; do printf '[%%s]\\n' "$word"; done
        exit "${FAKE_EXIT:-0}"
        """
            .formatted(version, name));
    executable(bin.resolve("javac"), "#!/bin/sh\n");
    return home;
  }

  private void maven(String script) throws IOException {
    executable(tools.resolve("mvn"), "#!/bin/sh\n" + script);
  }

  private int builds() throws IOException {
    return Files.readAllLines(folder.resolve("builds")).size();
  }

  private Run run(Map<String, String> environment, String... arguments) throws Exception {
    return run(root.resolve("bin/reefmesh"), environment, arguments);
  }

  private Run run(Path launcher, Map<String, String> environment, String... arguments)
      throws Exception {
    Process process = start(launcher, environment, arguments);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Run(
        process.exitValue(),
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8),
        new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8),
        process.pid());
  }

  private Process start(Path launcher, Map<String, String> environment, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(launcher.toString()));
    command.addAll(Arrays.asList(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().clear();
    builder.environment().put("PATH", tools.toString());
    builder.environment().put("JAVA_HOME", jdk.toString());
    builder.environment().putAll(environment);
    return builder.start();
  }

  /** Reads both to their ends, and waits until one of them has said it. */
  private static boolean lineWith(Process one, Process two, String text) throws Exception {
    CompletableFuture<Boolean> said = new CompletableFuture<>();
    for (Process process : List.of(one, two)) {
      Thread reader =
          new Thread(
              () ->
                  process
                      .errorReader(StandardCharsets.UTF_8)
                      .lines()
                      .filter(line -> line.contains(text))
                      .forEach(line -> said.complete(true)));
      reader.setDaemon(true);
      reader.start();
    }
    return said.get(30, TimeUnit.SECONDS);
  }

  private static void executable(Path file, String text) throws IOException {
    Files.writeString(file, text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private static void age(Path tree, long seconds) throws IOException {
    FileTime then = FileTime.from(Instant.now().minusSeconds(seconds));
    Files.walkFileTree(
        tree,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.setLastModifiedTime(file, then);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static @Nullable Path onPath(String program) {
    for (String part : System.getenv("PATH").split(":", -1)) {
      Path candidate = Path.of(part, program);
      if (Files.isExecutable(candidate)) {
        return candidate;
      }
    }
    return null;
  }
}
