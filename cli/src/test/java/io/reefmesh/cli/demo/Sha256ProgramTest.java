package io.reefmesh.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reefmesh.cli.CommandException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class Sha256ProgramTest {

  private static final String HASH =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  @TempDir Path bin;

  @Test
  void shouldPreferSha256sumAndFallBackToShasum() throws IOException {
    // given
    program("shasum");
    String path = "/nowhere" + File.pathSeparator + bin;

    // then
    assertThat(Sha256Program.find(path).arguments(Path.of("/f")))
        .containsExactly("shasum", "-a", "256", "/f");

    // when
    program("sha256sum");

    // then
    assertThat(Sha256Program.find(path).arguments(Path.of("/f")))
        .containsExactly("sha256sum", "/f");
  }

  @Test
  void shouldSayWhatToInstallWhenThereIsNone() {
    assertThatThrownBy(() -> Sha256Program.find(bin.toString()))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining("coreutils");
  }

  @Test
  void shouldReadTheHashFromWhatTheProgramPrints() {
    assertThat(Sha256Program.hashIn(HASH + "  /some/file\n")).contains(HASH);
    assertThat(Sha256Program.hashIn("\\" + HASH + "  /a\\nb\n")).contains(HASH);
    assertThat(Sha256Program.hashIn("")).isEmpty();
    assertThat(Sha256Program.hashIn(HASH.substring(1) + "  /f\n")).isEmpty();
    assertThat(Sha256Program.hashIn("sha256sum: /f: No such file\n")).isEmpty();
  }

  private void program(String name) throws IOException {
    Path file = Files.writeString(bin.resolve(name), "#!/bin/sh\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }
}
