package io.reefmesh.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Value;
import io.reefmesh.v1.OutputChunk;
import io.reefmesh.v1.Payload;
import io.reefmesh.v1.TaskSpec;
import org.junit.jupiter.api.Test;

final class PayloadsTest {

  private static final ByteString BYTES = ByteString.copyFromUtf8("añ");

  @Test
  void shouldReadWhatTheFactoriesWrote() {
    TaskSpec json = TaskSpecs.json("tool-execution", "{\"argv\":[\"date\"]}");
    TaskSpec text = TaskSpecs.text("agent-turn", "grüezi");
    TaskSpec data = TaskSpecs.data("scan", "image/png", BYTES);

    assertThat(json.getType()).isEqualTo("tool-execution");
    assertThat(json.getPayload().getContentType()).isEqualTo("application/json");
    assertThat(Payloads.text(json.getPayload())).isEqualTo("{\"argv\":[\"date\"]}");
    assertThat(text.getPayload().getContentType()).isEqualTo("text/plain; charset=utf-8");
    assertThat(Payloads.text(text.getPayload())).isEqualTo("grüezi");
    assertThat(data.getPayload().getContentType()).isEqualTo("image/png");
    assertThat(Payloads.bytes(data.getPayload())).isEqualTo(BYTES);
    assertThat(TaskSpecs.of("ping").hasPayload()).isFalse();
    assertThat(json.getPayload().hasData() && text.getPayload().hasData()).isTrue();
  }

  @Test
  void shouldReadTextAndDataAlike() {
    assertThat(Payloads.text(Payload.newBuilder().setText("añ").build())).isEqualTo("añ");
    assertThat(Payloads.bytes(Payload.newBuilder().setText("añ").build())).isEqualTo(BYTES);
    assertThat(Payloads.text(OutputChunk.newBuilder().setText("añ").build())).isEqualTo("añ");
    assertThat(Payloads.text(OutputChunk.newBuilder().setData(BYTES).build())).isEqualTo("añ");
    assertThat(Payloads.bytes(Payload.getDefaultInstance())).isEqualTo(ByteString.EMPTY);
    assertThat(Payloads.bytes(OutputChunk.getDefaultInstance())).isEqualTo(ByteString.EMPTY);
  }

  @Test
  void shouldSayWhatToAskForWhenAPayloadIsForPeople() {
    Payload json = Payload.newBuilder().setJson(Value.newBuilder().setBoolValue(true)).build();

    assertThatThrownBy(() -> Payloads.text(json)).hasMessageContaining("PAYLOAD_FORM_DATA");
  }
}
