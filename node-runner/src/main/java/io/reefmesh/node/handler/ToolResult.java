package io.reefmesh.node.handler;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;

/**
 * What a program gave: {@code {"exit_code":0,"stdout":"…","stderr":"…"}}, and {@code
 * "stdout_truncated":true} or {@code "stderr_truncated":true} where something is missing at the
 * end. Bytes that are not UTF-8 show as U+FFFD.
 */
record ToolResult(
    int exitCode,
    ByteString stdout,
    boolean stdoutTruncated,
    ByteString stderr,
    boolean stderrTruncated) {

  /** Room for everything but the two texts. */
  private static final int FRAME_BYTES = 160;

  /** What stderr may take of a result that is too large, so that neither crowds the other out. */
  private static final int STDERR_SHARE = 4;

  /** Characters that JSON writes as a backslash and a letter; other controls take six bytes. */
  private static final String SHORT_ESCAPES = "\"\\\n\r\t\b\f";

  /** As JSON of at most {@code limitBytes}, which is at least 1 KiB. */
  String toJson(int limitBytes) {
    String out = stdout.toStringUtf8();
    String err = stderr.toStringUtf8();
    int room = limitBytes - FRAME_BYTES;
    long outBytes = encodedBytes(out);
    long errRoom = Math.max(room / STDERR_SHARE, room - outBytes);
    String keptErr = beginning(err, errRoom);
    String keptOut = beginning(out, room - encodedBytes(keptErr));
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("exit_code", exitCode)
            .put("stdout", keptOut)
            .put("stderr", keptErr);
    if (stdoutTruncated || keptOut.length() < out.length()) {
      json.put("stdout_truncated", true);
    }
    if (stderrTruncated || keptErr.length() < err.length()) {
      json.put("stderr_truncated", true);
    }
    return json.toString();
  }

  /** The longest beginning whose encoded form fits. */
  private static String beginning(String text, long roomBytes) {
    long used = 0;
    int end = 0;
    while (end < text.length()) {
      int codePoint = text.codePointAt(end);
      used += encodedBytes(codePoint);
      if (used > roomBytes) {
        return text.substring(0, end);
      }
      end += Character.charCount(codePoint);
    }
    return text;
  }

  private static long encodedBytes(String text) {
    return text.codePoints().mapToLong(ToolResult::encodedBytes).sum();
  }

  /** How long a character is in UTF-8 JSON. */
  private static int encodedBytes(int codePoint) {
    if (SHORT_ESCAPES.indexOf(codePoint) >= 0) {
      return 2;
    }
    if (codePoint < 0x20) {
      return 6;
    }
    if (codePoint < 0x80) {
      return 1;
    }
    return codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
  }
}
