package io.reefmesh.cli.output;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import io.reefmesh.v1.Payload;
import java.util.Locale;

/** Decides what a payload's bytes are shown as. */
final class PayloadText {

  private PayloadText() {}

  /**
   * Replaces the bytes in a payload's JSON by what they mean.
   *
   * @param node the payload as protobuf prints it
   * @param payload the same payload
   */
  static void show(ObjectNode node, Payload payload, ObjectMapper mapper) {
    if (!payload.hasData()) {
      return;
    }
    ByteString data = payload.getData();
    if (data.isEmpty()) {
      node.remove("data");
      return;
    }
    if (isJson(payload.getContentType())) {
      var json = ProtoJson.parse(mapper, data.toByteArray());
      if (json.isPresent()) {
        node.remove("data");
        node.set("json", json.get());
        return;
      }
    }
    if (data.isValidUtf8()) {
      node.remove("data");
      node.put("text", data.toStringUtf8());
    }
  }

  private static boolean isJson(String contentType) {
    String type = contentType.toLowerCase(Locale.ROOT);
    int parameters = type.indexOf(';');
    String bare = (parameters < 0 ? type : type.substring(0, parameters)).strip();
    return bare.equals("application/json") || bare.endsWith("+json");
  }
}
