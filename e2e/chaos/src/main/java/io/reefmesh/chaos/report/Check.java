package io.reefmesh.chaos.report;

/**
 * Something that must hold.
 *
 * @param what it is, for people
 * @param holds whether it did
 * @param seen what was seen
 */
public record Check(String what, boolean holds, String seen) {

  @Override
  public String toString() {
    return (holds ? "ok   " : "FAIL ") + what + (seen.isEmpty() ? "" : ": " + seen);
  }
}
