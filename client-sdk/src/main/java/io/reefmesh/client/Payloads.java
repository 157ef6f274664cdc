package io.reefmesh.client;

import com.google.protobuf.ByteString;
import io.reefmesh.v1.OutputChunk;
import io.reefmesh.v1.Payload;

/** Reads payloads and output in the forms that this SDK asks the gateway for. */
public final class Payloads {

  private Payloads() {}

  /**
   * The payload as UTF-8 text; bytes that are none become U+FFFD.
   *
   * @throws IllegalArgumentException for a payload in the form for people, which this SDK never
   *     asks for
   */
  public static String text(Payload payload) {
    return bytes(payload).toStringUtf8();
  }

  /**
   * The payload's bytes, empty when it has none.
   *
   * @throws IllegalArgumentException for a payload in the form for people, which this SDK never
   *     asks for
   */
  public static ByteString bytes(Payload payload) {
    return switch (payload.getContentCase()) {
      case DATA -> payload.getData();
      case TEXT -> payload.getTextBytes();
      case CONTENT_NOT_SET -> ByteString.EMPTY;
      case JSON ->
          throw new IllegalArgumentException(
              "this payload is in the form for people: ask for PAYLOAD_FORM_DATA to get its bytes");
    };
  }

  /** A piece of output as UTF-8 text; bytes that are none become U+FFFD. */
  public static String text(OutputChunk chunk) {
    return bytes(chunk).toStringUtf8();
  }

  /** A piece of output as bytes. */
  public static ByteString bytes(OutputChunk chunk) {
    return switch (chunk.getContentCase()) {
      case DATA -> chunk.getData();
      case TEXT -> chunk.getTextBytes();
      case CONTENT_NOT_SET -> ByteString.EMPTY;
    };
  }
}
