package io.reefmesh.simulation.mutants;

import java.util.ArrayList;
import java.util.List;

/** One bug: what is changed in the code, and which checks must speak because of it. */
public final class Mutant {

  /**
   * A change of one file.
   *
   * @param file the file, from the folder of all sources
   * @param from words that occur exactly once there; line breaks and indents do not count
   * @param to what stands there instead
   */
  record Patch(String file, String from, String to) {}

  private final String name;
  private final String what;
  private final List<String> checks;
  private final List<Patch> patches = new ArrayList<>();
  private String file = "";

  Mutant(String name, String what, String... checks) {
    this.name = name;
    this.what = what;
    this.checks = List.of(checks);
  }

  /** The changes that follow are in this class. */
  Mutant in(String module, String className) {
    file = module + "/src/main/java/" + className.replace('.', '/') + ".java";
    return this;
  }

  Mutant change(String from, String to) {
    patches.add(new Patch(file, from, to));
    return this;
  }

  public String name() {
    return name;
  }

  /** The bug in one sentence. */
  public String what() {
    return what;
  }

  /** Names of the checks one of which must speak. */
  public List<String> checks() {
    return checks;
  }

  List<Patch> patches() {
    return List.copyOf(patches);
  }

  @Override
  public String toString() {
    return name;
  }
}
