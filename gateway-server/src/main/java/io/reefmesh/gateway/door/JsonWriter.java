package io.reefmesh.gateway.door;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.google.protobuf.ByteString;
import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Writes a {@link Value} as compact UTF-8 JSON, the same bytes for equal values. */
final class JsonWriter {

  /** How deep values may be nested. */
  static final int MAX_DEPTH = 64;

  /** Beyond it doubles no longer hold every whole number. */
  static final double MAX_WHOLE = 9_007_199_254_740_992.0;

  private static final Pattern PLAIN_KEY = Pattern.compile("[A-Za-z0-9_]{1,64}");

  /** The fast writer gives the shortest digits that read back as the number, on every Java. */
  private static final JsonFactory FACTORY =
      JsonFactory.builder().enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER).build();

  private final JsonGenerator out;
  private final String root;
  private final Violations violations;

  /** The way to the present value: per level a key, or null and an index. */
  private final @Nullable String[] keys = new @Nullable String[MAX_DEPTH + 1];

  private final int[] indexes = new int[MAX_DEPTH + 1];

  private JsonWriter(JsonGenerator out, String root, Violations violations) {
    this.out = out;
    this.root = root;
    this.violations = violations;
  }

  /** The bytes; of no use when there are new violations. */
  static ByteString write(Value value, String path, Violations violations) {
    ByteString.Output bytes = ByteString.newOutput();
    try (JsonGenerator out = FACTORY.createGenerator(bytes)) {
      new JsonWriter(out, path, violations).write(value, 0);
    } catch (IOException e) {
      throw new AssertionError("writing to memory does not fail", e);
    }
    return bytes.toByteString();
  }

  private void write(Value value, int depth) throws IOException {
    switch (value.getKindCase()) {
      case NULL_VALUE -> out.writeNull();
      case BOOL_VALUE -> out.writeBoolean(value.getBoolValue());
      case STRING_VALUE -> out.writeString(value.getStringValue());
      case NUMBER_VALUE -> writeNumber(value.getNumberValue(), depth);
      case LIST_VALUE, STRUCT_VALUE -> writeContainer(value, depth);
      case KIND_NOT_SET -> refuse(depth, "has no kind: JSON's null is null_value");
    }
  }

  private void writeContainer(Value value, int depth) throws IOException {
    if (depth == MAX_DEPTH) {
      refuse(depth, "is nested deeper than " + MAX_DEPTH + " levels");
    } else if (violations.isFull()) {
      out.writeNull();
    } else if (value.hasListValue()) {
      writeList(value.getListValue(), depth);
    } else {
      writeObject(value.getStructValue(), depth);
    }
  }

  private void writeList(ListValue list, int depth) throws IOException {
    out.writeStartArray();
    keys[depth] = null;
    for (int i = 0; i < list.getValuesCount(); i++) {
      indexes[depth] = i;
      write(list.getValues(i), depth + 1);
    }
    out.writeEndArray();
  }

  private void writeObject(Struct object, int depth) throws IOException {
    out.writeStartObject();
    for (Map.Entry<String, Value> field : new TreeMap<>(object.getFieldsMap()).entrySet()) {
      keys[depth] = field.getKey();
      out.writeFieldName(field.getKey());
      write(field.getValue(), depth + 1);
    }
    out.writeEndObject();
  }

  private void writeNumber(double number, int depth) throws IOException {
    if (!Double.isFinite(number)) {
      refuse(depth, "is " + number + ": JSON knows only finite numbers");
    } else if (number != Math.rint(number)) {
      out.writeNumber(number);
    } else if (Math.abs(number) > MAX_WHOLE) {
      refuse(
          depth, "is a whole number beyond 2^53, which a JSON value cannot hold: send it as text");
    } else if (number == 0 && 1 / number < 0) {
      out.writeNumber("-0");
    } else {
      out.writeNumber((long) number);
    }
  }

  /** Writes a null in the value's place, so that what follows is still written in order. */
  private void refuse(int depth, String description) throws IOException {
    violations.add(path(depth), description);
    out.writeNull();
  }

  private String path(int depth) {
    StringBuilder path = new StringBuilder(root);
    for (int i = 0; i < depth; i++) {
      String key = keys[i];
      if (key == null) {
        path.append('[').append(indexes[i]).append(']');
      } else if (PLAIN_KEY.matcher(key).matches()) {
        path.append('.').append(key);
      } else {
        path.append('[').append(Printable.quoted(key)).append(']');
      }
    }
    return path.toString();
  }
}
