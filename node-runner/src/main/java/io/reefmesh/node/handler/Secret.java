package io.reefmesh.node.handler;

/** A text that must not be seen: it prints as {@code ***}. Immutable. */
public final class Secret {

  /** No secret at all. */
  public static final Secret NONE = new Secret("");

  private static final String MASK = "***";

  private final String value;

  private Secret(String value) {
    this.value = value;
  }

  /** Guards a text. */
  public static Secret of(String value) {
    return value.isEmpty() ? NONE : new Secret(value);
  }

  /** Whether there is nothing to hide. */
  public boolean isEmpty() {
    return value.isEmpty();
  }

  /** The text itself, for the one place that needs it. */
  public String reveal() {
    return value;
  }

  /** The same text with each occurrence of the secret masked. */
  public String redact(String text) {
    return value.isEmpty() ? text : text.replace(value, MASK);
  }

  @Override
  public String toString() {
    return MASK;
  }
}
