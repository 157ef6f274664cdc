package io.reefmesh.node.link;

import io.reefmesh.v1.BeatReply;
import io.reefmesh.v1.Welcome;

/** One link, from dialling to its end. Owned by the core. */
final class LinkState {

  final long number;
  final long dialledMillis;
  boolean welcomed;
  boolean beatDue;
  boolean leavingSaid;
  long sequence;
  long receivedThrough;
  long welcomedMillis;
  long nextBeatMillis = WireTime.NEVER;
  private long heardMillis;
  private long beatIntervalMillis = LinkDefaults.BEAT_INTERVAL_MILLIS;
  private long leaseMillis = LinkDefaults.LEASE_MILLIS;

  LinkState(long number, long nowMillis) {
    this.number = number;
    this.dialledMillis = nowMillis;
  }

  /** When it counts as dead if nothing is heard before. */
  long deadlineMillis() {
    return welcomed
        ? heardMillis + Math.max(LinkDefaults.SILENT_BEATS * beatIntervalMillis, leaseMillis)
        : dialledMillis + LinkDefaults.WELCOME_WITHIN_MILLIS;
  }

  /** Takes a message into account; false when it is not the one that had to follow. */
  boolean hear(long messageSequence, long nowMillis) {
    if (messageSequence != receivedThrough + 1) {
      return false;
    }
    receivedThrough = messageSequence;
    heardMillis = nowMillis;
    return true;
  }

  void welcome(Welcome welcome, long nowMillis) {
    welcomed = true;
    welcomedMillis = nowMillis;
    leaseMillis =
        WireTime.millis(
            welcome.getLease(), LinkDefaults.LEASE_MILLIS, 1, LinkDefaults.MAX_LEASE_MILLIS);
    beatIntervalMillis = interval(welcome.getBeatInterval(), LinkDefaults.BEAT_INTERVAL_MILLIS);
    nextBeatMillis =
        nowMillis
            + WireTime.millis(welcome.getFirstBeat(), beatIntervalMillis, 0, beatIntervalMillis);
  }

  /** A new interval counts from now: a stretched one never makes a planned beat come sooner. */
  void takeInterval(BeatReply reply, long nowMillis) {
    long interval = interval(reply.getBeatInterval(), beatIntervalMillis);
    if (interval != beatIntervalMillis && !beatDue) {
      nextBeatMillis = nowMillis + interval;
    }
    beatIntervalMillis = interval;
  }

  void beatWritten(long nowMillis) {
    beatDue = false;
    nextBeatMillis = nowMillis + beatIntervalMillis;
  }

  void beatIsDue() {
    beatDue = true;
    nextBeatMillis = WireTime.NEVER;
  }

  private static long interval(com.google.protobuf.Duration said, long fallback) {
    return WireTime.millis(
        said,
        fallback,
        LinkDefaults.MIN_BEAT_INTERVAL_MILLIS,
        LinkDefaults.MAX_BEAT_INTERVAL_MILLIS);
  }
}
