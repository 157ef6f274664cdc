package io.reefmesh.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.reefmesh.bench.cases.BenchCase;
import io.reefmesh.bench.cases.BenchCases;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

final class BenchCommandTest {

  @Test
  void shouldNameEveryCaseInHelp() {
    String help = BenchMain.commandLine().getUsageMessage(CommandLine.Help.Ansi.OFF);

    assertThat(BenchCases.ALL).extracting(BenchCase::name).allMatch(help::contains);
    assertThat(BenchCases.ALL.stream().filter(BenchCase::isQuick)).hasSize(4);
  }

  @Test
  void shouldRefuseWithUsageCodeWhenCaseOrNumberIsWrong() {
    assertThat(BenchMain.commandLine().execute("--case", "no_such_case")).isEqualTo(2);
    assertThat(BenchMain.commandLine().execute("--seconds", "0")).isEqualTo(2);
    assertThat(BenchMain.commandLine().execute("--nodes", "0")).isEqualTo(2);
  }

  @Test
  void shouldSayHowToRunItWhenItWasNotStartedByTheLauncher() {
    assertThat(BenchMain.commandLine().execute("--case", "picker_scaling", "--work-dir", "target"))
        .isEqualTo(70);
  }
}
