package io.reefmesh.cli;

import io.reefmesh.cli.output.ProtoJson;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Says what is running. */
@Command(
    name = "version",
    description = "Prints the version of reefmesh, of Java, and the system.",
    footer = {"%nExample:", "  reefmesh version --json"})
final class VersionCommand implements Callable<Integer> {

  @Spec CommandSpec spec = CommandSpec.create();
  @Mixin OutputOptions.WithFlag output = new OutputOptions.WithFlag();

  @Override
  public Integer call() {
    ReefmeshCommand.terminal(spec).line(output.json() ? ProtoJson.line(facts()) : sentence());
    return ExitCode.OK;
  }

  /** For {@code --version}. */
  static final class Provider implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {sentence()};
    }
  }

  private static String sentence() {
    Map<String, String> facts = facts();
    return "reefmesh "
        + facts.get("version")
        + " (Java "
        + facts.get("java")
        + ", "
        + facts.get("system")
        + ")";
  }

  private static Map<String, String> facts() {
    Map<String, String> facts = new LinkedHashMap<>();
    String version = VersionCommand.class.getPackage().getImplementationVersion();
    facts.put("version", version == null ? "development" : version);
    facts.put("java", System.getProperty("java.version"));
    facts.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    return facts;
  }
}
