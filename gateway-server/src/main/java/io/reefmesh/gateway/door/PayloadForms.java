package io.reefmesh.gateway.door;

import com.google.protobuf.ByteString;
import com.google.protobuf.Value;
import io.reefmesh.v1.Payload;
import io.reefmesh.v1.PayloadForm;
import java.util.Locale;
import java.util.Optional;

/**
 * The two translations of payloads: what people write becomes bytes with a content type when it is
 * accepted, and bytes become what people read on the way out. Inside the mesh there are only bytes.
 */
public final class PayloadForms {

  private static final String JSON = "application/json";
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String DATA = "application/octet-stream";

  /**
   * A payload as the mesh carries it.
   *
   * @param contentType never empty
   * @param bytes may be empty
   */
  public record Encoded(String contentType, ByteString bytes) {}

  private static final SharedTexts TYPES = new SharedTexts();

  private PayloadForms() {}

  /**
   * Turns a payload into bytes. Equal payloads give equal bytes: JSON is compact UTF-8 with the
   * keys of objects in order, numbers without a fraction written whole.
   *
   * @param payload in any form
   * @param path of its field, for violations
   * @param violations gets what cannot be JSON: numbers that are not finite, whole numbers beyond
   *     2^53, nesting deeper than 64, values without a kind. The result is then of no use
   */
  public static Encoded encode(Payload payload, String path, Violations violations) {
    return switch (payload.getContentCase()) {
      case JSON ->
          new Encoded(
              typeOr(payload, JSON),
              JsonWriter.write(payload.getJson(), path + ".json", violations));
      case TEXT -> new Encoded(typeOr(payload, TEXT), payload.getTextBytes());
      case DATA -> new Encoded(typeOr(payload, DATA), payload.getData());
      case CONTENT_NOT_SET -> new Encoded(typeOr(payload, DATA), ByteString.EMPTY);
    };
  }

  /**
   * Turns bytes into the form a reader asked for. AUTO (which unset and unknown forms mean too)
   * gives JSON only when reading and writing it again would change nothing that counts: the content
   * type says JSON, and the bytes are one JSON value whose numbers a double holds, without repeated
   * keys, and small and flat enough for any client to parse. Else text, when the bytes are UTF-8;
   * else data.
   */
  public static Payload render(String contentType, ByteString bytes, PayloadForm form) {
    Payload.Builder payload = Payload.newBuilder().setContentType(contentType);
    if (form == PayloadForm.PAYLOAD_FORM_DATA) {
      return payload.setData(bytes).build();
    }
    if (saysJson(contentType)) {
      Optional<Value> json = JsonReader.read(bytes);
      if (json.isPresent()) {
        return payload.setJson(json.get()).build();
      }
    }
    return bytes.isValidUtf8()
        ? payload.setTextBytes(bytes).build()
        : payload.setData(bytes).build();
  }

  private static boolean saysJson(String contentType) {
    int parameters = contentType.indexOf(';');
    String type = parameters < 0 ? contentType : contentType.substring(0, parameters);
    String bare = type.trim().toLowerCase(Locale.ROOT);
    return bare.equals(JSON) || bare.endsWith("+json");
  }

  private static String typeOr(Payload payload, String fallback) {
    return payload.getContentType().isEmpty() ? fallback : TYPES.share(payload.getContentType());
  }
}
