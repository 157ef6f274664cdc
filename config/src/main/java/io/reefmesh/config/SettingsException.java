package io.reefmesh.config;

/**
 * A setting is wrong. The message names the key, where it came from, its value and what is allowed.
 */
public class SettingsException extends RuntimeException {

  /** All of it, for people. */
  public SettingsException(String message) {
    super(message);
  }
}
