package io.reefmesh.chaos.history;

/**
 * A broken promise, or a surprise that nobody can explain yet.
 *
 * @param rule which rule it breaks, one word
 * @param text what was seen
 */
public record Finding(String rule, String text) {

  @Override
  public String toString() {
    return rule + ": " + text;
  }
}
