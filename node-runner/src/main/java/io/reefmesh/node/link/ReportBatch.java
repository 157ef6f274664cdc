package io.reefmesh.node.link;

import com.google.protobuf.MessageLite;
import io.reefmesh.v1.Accepted;
import io.reefmesh.v1.AttemptOutput;
import io.reefmesh.v1.Finished;
import io.reefmesh.v1.Refused;
import io.reefmesh.v1.Report;
import io.reefmesh.v1.Stopped;

/** A report in the making, within what one may hold: 64 entries and 256 KiB, or one entry. */
final class ReportBatch {

  static final int MAX_ENTRIES = 64;
  static final int MAX_BYTES = 256 << 10;

  /** Tag and length of an entry. */
  private static final int FRAME_BYTES = 6;

  private final Report.Builder report = Report.newBuilder();
  private int entries;
  private int bytes;

  boolean isEmpty() {
    return entries == 0;
  }

  /** How large a further entry may be. */
  int roomBytes() {
    return entries == MAX_ENTRIES ? 0 : MAX_BYTES - bytes - FRAME_BYTES;
  }

  boolean hasRoomFor(MessageLite entry) {
    return entries == 0 || entry.getSerializedSize() <= roomBytes();
  }

  void add(Accepted entry) {
    count(entry);
    report.addAccepted(entry);
  }

  void add(Refused entry) {
    count(entry);
    report.addRefused(entry);
  }

  void add(Stopped entry) {
    count(entry);
    report.addStopped(entry);
  }

  void add(AttemptOutput entry) {
    count(entry);
    report.addOutput(entry);
  }

  void add(Finished entry) {
    count(entry);
    report.addFinished(entry);
  }

  Report build() {
    return report.build();
  }

  private void count(MessageLite entry) {
    entries++;
    bytes += entry.getSerializedSize() + FRAME_BYTES;
  }
}
