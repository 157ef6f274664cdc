package io.reefmesh.gateway.door;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import io.reefmesh.v1.Payload;
import io.reefmesh.v1.PayloadForm;
import io.reefmesh.v1.RunTaskResponse;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskEvent;
import io.reefmesh.v1.TaskSpec;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PayloadFormsTest {

  private static final String JSON = "application/json";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "3                      | 3",
        "-3                     | -3",
        "0                      | 0",
        "-0.0                   | -0",
        "0.1                    | 0.1",
        "1.5                    | 1.5",
        "9007199254740992       | 9007199254740992",
        "-9007199254740992      | -9007199254740992",
        "1e-7                   | 1.0E-7",
        "2e-3                   | 0.002",
        "123456789.25           | 1.2345678925E8",
      })
  void shouldWriteWholeNumbersWholeWhenJsonComesIn(double number, String written) {
    assertThat(write(Value.newBuilder().setNumberValue(number).build())).isEqualTo(written);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0x1p53 + 2, -0x1p60, 1e300, Double.NaN, Double.POSITIVE_INFINITY})
  void shouldRefuseNumbersWithTheirPathWhenJsonCannotHoldThem(double number) {
    Violations violations = new Violations();
    Value value =
        Value.newBuilder()
            .setStructValue(
                Struct.newBuilder()
                    .putFields("a b", Value.newBuilder().setNumberValue(number).build()))
            .build();

    PayloadForms.encode(Payload.newBuilder().setJson(value).build(), "spec.payload", violations);

    assertThat(StatusDetails.ofThrown(violations::throwIfAny).fields())
        .containsExactly("spec.payload.json[\"a b\"]");
  }

  @Test
  void shouldWriteCompactOrderedUtf8WhenAnObjectComesIn() throws InvalidProtocolBufferException {
    Value.Builder value = Value.newBuilder();
    JsonFormat.parser()
        .merge("{\"b\": [1, true, null, \"ü\\n\\u2028\"], \"a\": {\"\": {}}}", value);

    assertThat(write(value.build()))
        .isEqualTo("{\"a\":{\"\":{}},\"b\":[1,true,null,\"ü\\n\u2028\"]}");
  }

  @Test
  void shouldTellEveryPlaceWhenSeveralValuesAreWrong() {
    Violations violations = new Violations();
    Value list =
        Value.newBuilder()
            .setListValue(
                ListValue.newBuilder()
                    .addValues(Value.getDefaultInstance())
                    .addValues(Value.newBuilder().setBoolValue(true))
                    .addValues(Value.newBuilder().setNumberValue(1e17)))
            .build();

    PayloadForms.encode(Payload.newBuilder().setJson(list).build(), "p", violations);

    assertThat(StatusDetails.ofThrown(violations::throwIfAny).fields())
        .containsExactly("p.json[0]", "p.json[2]");
  }

  @Test
  void shouldRefuseWhenJsonIsNestedDeeperThanSixtyFour() {
    Violations fine = new Violations();
    Violations violations = new Violations();

    PayloadForms.encode(nested(64), "p", fine);
    PayloadForms.encode(nested(65), "p", violations);

    assertThat(fine.isEmpty()).isTrue();
    assertThat(StatusDetails.ofThrown(violations::throwIfAny).violations().get(0).getDescription())
        .isEqualTo("is nested deeper than 64 levels");
  }

  @ParameterizedTest
  @CsvSource({
    "text/csv, text/csv",
    "'', text/plain; charset=utf-8",
  })
  void shouldKeepTheCallersContentTypeWhenThereIsOne(String given, String kept) {
    PayloadForms.Encoded encoded =
        PayloadForms.encode(
            Payload.newBuilder().setContentType(given).setText("a").build(), "p", new Violations());

    assertThat(encoded.contentType()).isEqualTo(kept);
  }

  @Test
  void shouldBeEmptyDataWhenAPayloadHasNoContent() {
    assertThat(PayloadForms.encode(Payload.getDefaultInstance(), "p", new Violations()))
        .isEqualTo(new PayloadForms.Encoded("application/octet-stream", ByteString.EMPTY));
  }

  @ParameterizedTest
  @EnumSource(
      value = PayloadForm.class,
      names = {"PAYLOAD_FORM_AUTO", "PAYLOAD_FORM_UNSPECIFIED", "UNRECOGNIZED"})
  void shouldRenderJsonWhenTheContentTypeSaysSo(PayloadForm form) {
    ByteString bytes = ByteString.copyFromUtf8(" {\"n\": 1.50, \"l\": [null, false]} ");

    Payload plain = PayloadForms.render("application/json; charset=utf-8", bytes, form);
    Payload suffix = PayloadForms.render("application/vnd.x+JSON", bytes, form);

    assertThat(write(plain.getJson())).isEqualTo("{\"l\":[null,false],\"n\":1.5}");
    assertThat(suffix.getJson()).isEqualTo(plain.getJson());
    assertThat(plain.getContentType()).isEqualTo("application/json; charset=utf-8");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "9007199254740993",
        "[1e300]",
        "{\"n\":-123456789012345678901234567890}",
        "0.1000000000000000055511151231257827",
        "1e-400",
        "1e99999999999999",
        "{\"a\":1,\"a\":2}",
        "\"\\ud800\"",
        "[1,]",
        "1 2",
        "{\"a\":1",
        "NaN",
        "// c\n1",
        "",
        "   ",
        "\ufeff1",
        "]",
      })
  void shouldRenderTextWhenJsonWouldBeChangedByParsing(String text) {
    Payload payload =
        PayloadForms.render(JSON, ByteString.copyFromUtf8(text), PayloadForm.PAYLOAD_FORM_AUTO);

    assertThat(payload.hasText()).isTrue();
    assertThat(payload.getText()).isEqualTo(text);
  }

  @Test
  void shouldRenderTextOrDataWhenTheContentTypeIsNotJson() {
    ByteString number = ByteString.copyFromUtf8("1");
    ByteString binary = ByteString.fromHex("ff00");
    PayloadForm auto = PayloadForm.PAYLOAD_FORM_AUTO;

    assertThat(PayloadForms.render("text/plain", number, auto).getText()).isEqualTo("1");
    assertThat(PayloadForms.render(JSON, binary, auto).getData()).isEqualTo(binary);
    assertThat(PayloadForms.render(JSON, number, PayloadForm.PAYLOAD_FORM_DATA).getData())
        .isEqualTo(number);
  }

  @Test
  void shouldRenderOnlyWhatAnyClientCanParseWhenJsonIsDeepOrLarge()
      throws InvalidProtocolBufferException {
    for (int depth = 1; depth <= 64; depth++) {
      assertParseable(ByteString.copyFromUtf8("[".repeat(depth) + "]".repeat(depth)));
      assertParseable(ByteString.copyFromUtf8("{\"a\":".repeat(depth) + "1" + "}".repeat(depth)));
    }
    ByteString large = ByteString.copyFromUtf8("[" + "1,".repeat(500_000) + "1]");
    assertThat(PayloadForms.render(JSON, large, PayloadForm.PAYLOAD_FORM_AUTO).getSerializedSize())
        .isLessThan(3 << 19);
  }

  @Test
  void shouldRenderJsonWhenItIsAsDeepAsPeopleWrite() {
    String text = "{\"a\":".repeat(20) + "[[1]]" + "}".repeat(20);

    assertThat(
            PayloadForms.render(JSON, ByteString.copyFromUtf8(text), PayloadForm.PAYLOAD_FORM_AUTO)
                .hasJson())
        .isTrue();
  }

  @Test
  void shouldGiveBackTheSameValueWhenItIsEncodedAndRendered() {
    Random random = new Random(7);
    for (int i = 0; i < 2_000; i++) {
      Value value = randomValue(random, 4);
      Violations violations = new Violations();
      PayloadForms.Encoded encoded =
          PayloadForms.encode(Payload.newBuilder().setJson(value).build(), "p", violations);

      Payload back =
          PayloadForms.render(
              encoded.contentType(), encoded.bytes(), PayloadForm.PAYLOAD_FORM_AUTO);

      assertThat(violations.isEmpty()).isTrue();
      assertThat(back.getJson()).as(encoded.bytes().toStringUtf8()).isEqualTo(value);
    }
  }

  /** As the payload of the deepest answer there is, by a parser with the usual limits. */
  private static void assertParseable(ByteString json) throws InvalidProtocolBufferException {
    Payload payload = PayloadForms.render(JSON, json, PayloadForm.PAYLOAD_FORM_AUTO);
    RunTaskResponse answer =
        RunTaskResponse.newBuilder()
            .setEvent(
                TaskEvent.newBuilder()
                    .setState(Task.newBuilder().setSpec(TaskSpec.newBuilder().setPayload(payload))))
            .build();

    assertThat(RunTaskResponse.parseFrom(answer.toByteArray())).isEqualTo(answer);
  }

  private static String write(Value value) {
    Violations violations = new Violations();
    PayloadForms.Encoded encoded =
        PayloadForms.encode(Payload.newBuilder().setJson(value).build(), "p", violations);
    assertThat(violations.isEmpty()).isTrue();
    assertThat(encoded.contentType()).isEqualTo(JSON);
    return encoded.bytes().toStringUtf8();
  }

  private static Payload nested(int levels) {
    Value value = Value.newBuilder().setNullValue(NullValue.NULL_VALUE).build();
    for (int i = 0; i < levels; i++) {
      value =
          i % 2 == 0
              ? Value.newBuilder().setListValue(ListValue.newBuilder().addValues(value)).build()
              : Value.newBuilder()
                  .setStructValue(Struct.newBuilder().putFields("k", value))
                  .build();
    }
    return Payload.newBuilder().setJson(value).build();
  }

  private static Value randomValue(Random random, int depth) {
    Value.Builder value = Value.newBuilder();
    switch (random.nextInt(depth == 0 ? 5 : 7)) {
      case 0 -> value.setNullValue(NullValue.NULL_VALUE);
      case 1 -> value.setBoolValue(random.nextBoolean());
      case 2 -> value.setStringValue(randomText(random));
      case 3 -> value.setNumberValue((double) (random.nextLong() >> 10));
      case 4 -> value.setNumberValue(random.nextGaussian() * Math.pow(10, random.nextInt(-9, 9)));
      case 5 -> {
        for (int i = random.nextInt(4); i > 0; i--) {
          value.getListValueBuilder().addValues(randomValue(random, depth - 1));
        }
        value.getListValueBuilder();
      }
      default -> {
        for (int i = random.nextInt(4); i > 0; i--) {
          value
              .getStructValueBuilder()
              .putFields(randomText(random), randomValue(random, depth - 1));
        }
        value.getStructValueBuilder();
      }
    }
    return value.build();
  }

  private static String randomText(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(6); i > 0; i--) {
      text.appendCodePoint(
          switch (random.nextInt(4)) {
            case 0 -> random.nextInt(0x20);
            case 1 -> 0x1f600 + random.nextInt(40);
            case 2 -> "\"\\/\u2028ü".charAt(random.nextInt(5));
            default -> 'a' + random.nextInt(26);
          });
    }
    return text.toString();
  }
}
