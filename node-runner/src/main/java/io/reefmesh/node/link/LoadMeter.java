package io.reefmesh.node.link;

/** Measures the machine's load, somewhere else. */
@FunctionalInterface
public interface LoadMeter {

  /** Takes figures, 0-1 each. */
  @FunctionalInterface
  interface Reading {
    /** The load now. */
    void take(double cpu, double memory);
  }

  /** Starts a measurement and returns at once; the reading comes later, or never. */
  void measure(Reading reading);
}
