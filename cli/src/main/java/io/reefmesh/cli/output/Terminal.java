package io.reefmesh.cli.output;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * The two streams of a command. Results go out, notes about them go to the other; both are UTF-8
 * whatever the locale says. Thread-safe: a call writes all it has before another one does.
 */
public final class Terminal {

  private final OutputStream out;
  private final OutputStream err;
  private final boolean live;

  /**
   * A terminal over two streams.
   *
   * @param live whether a person looks at the second stream: lines may be rewritten in place
   */
  public Terminal(OutputStream out, OutputStream err, boolean live) {
    this.out = out;
    this.err = err;
    this.live = live;
  }

  /** The process's own. The launcher says whether a person looks at it. */
  public static Terminal ofProcess() {
    return new Terminal(
        new java.io.FileOutputStream(java.io.FileDescriptor.out),
        new java.io.FileOutputStream(java.io.FileDescriptor.err),
        Boolean.getBoolean("reefmesh.terminal"));
  }

  /** A line of results. */
  public void line(String text) {
    write(out, bytes(text + "\n"));
  }

  /** Results as they are, whole lines or not. */
  public void raw(ByteString bytes) {
    write(out, bytes.toByteArray());
  }

  /** A line about the work. */
  public void note(String text) {
    write(err, bytes(text + "\n"));
  }

  /** What a program wrote to its standard error, as it is. */
  public void rawNote(ByteString bytes) {
    write(err, bytes.toByteArray());
  }

  /** A line that the next one of its kind replaces, where that is possible. */
  public void replaceable(String text) {
    write(err, bytes(live ? "\r\u001b[K" + text : text + "\n"));
  }

  /** Ends a run of replaceable lines. */
  public void endReplaceable() {
    if (live) {
      write(err, bytes("\n"));
    }
  }

  /** Whether a person looks at the notes. */
  public boolean isLive() {
    return live;
  }

  /** Results, for those who need a writer. */
  public PrintWriter outWriter() {
    return new PrintWriter(out, true, StandardCharsets.UTF_8);
  }

  /** Notes, for those who need a writer. */
  public PrintWriter errWriter() {
    return new PrintWriter(err, true, StandardCharsets.UTF_8);
  }

  private synchronized void write(OutputStream stream, byte[] bytes) {
    try {
      stream.write(bytes);
      stream.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("the output is closed", e);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
