package io.reefmesh.cli.output;

import com.google.protobuf.Timestamp;
import java.time.Duration;
import java.time.Instant;

/** Points in time as tables show them. */
public final class TimeText {

  private TimeText() {}

  /** How long ago it was, or "-" if it never was. */
  public static String ago(Timestamp time, Instant now) {
    return isSet(time) ? Durations.show(Duration.between(instant(time), now)) : "-";
  }

  /** How long it took from one to the other, or "-" if one of them never was. */
  public static String between(Timestamp from, Timestamp to) {
    return isSet(from) && isSet(to)
        ? Durations.show(Duration.between(instant(from), instant(to)))
        : "-";
  }

  /** In full, UTC, or "-" if it never was. */
  public static String full(Timestamp time) {
    return isSet(time) ? instant(time).toString() : "-";
  }

  /** The same point in time. */
  public static Instant instant(Timestamp time) {
    return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
  }

  private static boolean isSet(Timestamp time) {
    return time.getSeconds() != 0 || time.getNanos() != 0;
  }
}
