package io.reefmesh.bench.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class StampsTest {

  @Test
  void shouldReadBackWhatWasStamped() {
    ByteString bytes = Stamps.stamped(300, -123_456_789_012L);

    assertThat(bytes.size()).isEqualTo(300);
    assertThat(Stamps.read(bytes)).hasValue(-123_456_789_012L);
    assertThat(Stamps.read(bytes, 296)).isEmpty();
    assertThat(Stamps.read(ByteString.EMPTY)).isEmpty();
  }

  @Test
  void shouldEmitAtItsPaceWhenItRuns() {
    List<ByteString> chunks = new ArrayList<>();
    Emission emission =
        new Emission(TimeUnit.MILLISECONDS.toNanos(5), TimeUnit.MILLISECONDS.toNanos(100), 64);
    long began = System.nanoTime();

    Emission.decode(emission.encode()).run(1, 2, chunks::add);

    assertThat(chunks).hasSize(20).allMatch(chunk -> chunk.size() == 64);
    long last = Stamps.read(chunks.get(19)).orElseThrow();
    assertThat(last - began).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(95));
  }

  @Test
  void shouldReadLineOfFleet() {
    assertThat(FleetProcess.Line.parse(new FleetProcess.Line(4_995, 3).format()))
        .isEqualTo(new FleetProcess.Line(4_995, 3));
  }
}
