package io.reefmesh.gateway.door;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.io.NumberOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import java.io.IOException;
import java.io.Serial;
import java.math.BigDecimal;
import java.util.Optional;

/**
 * Reads JSON as a {@link Value}, if nothing is lost by it: numbers must survive as doubles, keys
 * must not repeat, and the value must be small and flat enough to be parsed by any client.
 */
final class JsonReader {

  /** Larger bytes are not looked at. */
  private static final int MAX_BYTES = 1 << 20;

  /** Values are up to six times larger than their JSON; clients take messages of 4 MiB. */
  private static final int MAX_VALUE_BYTES = 3 << 19;

  /**
   * Protobuf parsers give up on messages nested deeper than 100. An answer has up to 6 levels
   * around the value; an array has 2 per level, an object 3.
   */
  private static final int MAX_MESSAGE_DEPTH = 90;

  private static final int LIST_DEPTH = 2;
  private static final int OBJECT_DEPTH = 3;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_MESSAGE_DEPTH / LIST_DEPTH)
                  .maxNumberLength(64)
                  .build())
          .build();

  private final JsonParser in;

  private JsonReader(JsonParser in) {
    this.in = in;
  }

  /** The value; empty when the bytes are not JSON or a Value would not say the same. */
  static Optional<Value> read(ByteString bytes) {
    if (bytes.isEmpty() || bytes.size() > MAX_BYTES || !bytes.isValidUtf8()) {
      return Optional.empty();
    }
    try (JsonParser in = FACTORY.createParser(bytes.toStringUtf8())) {
      in.nextToken();
      Value value = new JsonReader(in).value(0);
      boolean alone = in.nextToken() == null;
      return alone && value.getSerializedSize() <= MAX_VALUE_BYTES
          ? Optional.of(value)
          : Optional.empty();
    } catch (IOException | InexactException e) {
      return Optional.empty();
    }
  }

  private Value value(int depth) throws IOException, InexactException {
    Value.Builder value = Value.newBuilder();
    JsonToken token = in.currentToken();
    if (token == null || depth > MAX_MESSAGE_DEPTH) {
      throw new InexactException();
    }
    switch (token) {
      case VALUE_NULL -> value.setNullValue(NullValue.NULL_VALUE);
      case VALUE_TRUE -> value.setBoolValue(true);
      case VALUE_FALSE -> value.setBoolValue(false);
      case VALUE_STRING -> value.setStringValue(wellFormed(in.getText()));
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> value.setNumberValue(exact(in.getText()));
      case START_ARRAY -> value.setListValue(list(depth + LIST_DEPTH));
      case START_OBJECT -> value.setStructValue(object(depth + OBJECT_DEPTH));
      default -> throw new InexactException();
    }
    return value.build();
  }

  private ListValue list(int depth) throws IOException, InexactException {
    ListValue.Builder list = ListValue.newBuilder();
    while (in.nextToken() != JsonToken.END_ARRAY) {
      list.addValues(value(depth));
    }
    return list.build();
  }

  private Struct object(int depth) throws IOException, InexactException {
    Struct.Builder object = Struct.newBuilder();
    while (in.nextToken() != JsonToken.END_OBJECT) {
      String key = wellFormed(in.currentName());
      in.nextToken();
      Value value = value(depth);
      if (object.containsFields(key)) {
        throw new InexactException();
      }
      object.putFields(key, value);
    }
    return object.build();
  }

  /** A number that is written again as the same number. */
  private static double exact(String digits) throws InexactException {
    double number = Double.parseDouble(digits);
    boolean whole = number == Math.rint(number);
    if (!Double.isFinite(number) || (whole && Math.abs(number) > JsonWriter.MAX_WHOLE)) {
      throw new InexactException();
    }
    try {
      if (new BigDecimal(digits).compareTo(new BigDecimal(NumberOutput.toString(number, true)))
          != 0) {
        throw new InexactException();
      }
    } catch (NumberFormatException e) {
      throw new InexactException();
    }
    return number;
  }

  /** JSON can escape half of a surrogate pair, a protobuf string cannot hold it. */
  private static String wellFormed(String text) throws InexactException {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
        if (!pair) {
          throw new InexactException();
        }
        i++;
      }
    }
    return text;
  }

  /** Makes the reader give up; carries no stack, as it is no news. */
  private static final class InexactException extends Exception {

    @Serial private static final long serialVersionUID = 1;

    InexactException() {
      super(null, null, false, false);
    }
  }
}
