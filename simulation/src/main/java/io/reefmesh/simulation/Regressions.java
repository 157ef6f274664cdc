package io.reefmesh.simulation;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The bugs that seeds have found: each is lived again, with the same seed in the same shape. */
public final class Regressions {

  private static final String FILE = "regressions.txt";
  private static final int FIELDS = 5;

  /**
   * A bug that was found here and mended.
   *
   * @param seed that found it
   * @param shape that it was found in
   * @param what it was
   * @param unitTest that holds it off now: Class#method
   * @param mutant that brings it back
   */
  public record Found(long seed, String shape, String what, String unitTest, String mutant) {}

  private Regressions() {}

  /** All of them, in the order in which they were found. */
  public static List<Found> all() {
    List<Found> all = new ArrayList<>();
    try (InputStream in =
            Objects.requireNonNull(Regressions.class.getResourceAsStream("/" + FILE), FILE);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      String line;
      while ((line = lines.readLine()) != null) {
        if (!line.isBlank() && !line.startsWith("#")) {
          all.add(read(line));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all;
  }

  private static Found read(String line) {
    String[] fields = line.split("\\|", -1);
    if (fields.length != FIELDS) {
      throw new IllegalStateException(FILE + " has a line without " + FIELDS + " fields: " + line);
    }
    return new Found(
        Long.parseLong(fields[0].strip()),
        fields[1].strip(),
        fields[2].strip(),
        fields[3].strip(),
        fields[4].strip());
  }

  /**
   * Lives it again.
   *
   * @throws Violation if the bug, or another, is back
   */
  public static void replay(Found found) {
    World.run(found.seed(), Shape.valueOf(found.shape()), false, null);
  }
}
