package io.reefmesh.gateway.link;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.stub.ServerCallStreamObserver;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.gateway.store.StoreException;
import io.reefmesh.v1.Assign;
import io.reefmesh.v1.AttemptRef;
import io.reefmesh.v1.LinkResponse;
import io.reefmesh.v1.Payload;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Pushes that wait for their payloads, by a reader that reads when the test says so. */
final class PayloadLoadsTest {

  private final Map<TaskId, ByteString> stored = new HashMap<>();
  private final List<Integer> reads = new ArrayList<>();
  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
  private final List<String> news = new ArrayList<>();
  private final Recorded stream = new Recorded();

  /** Without an inbox: this node says nothing. */
  @SuppressWarnings("NullAway")
  private final NodeLink link = new NodeLink(1, stream, null, () -> {});

  private @Nullable StoreException broken;
  private final PayloadLoads loads =
      new PayloadLoads(
          this::read,
          waiting::add,
          new PayloadLoads.Listener() {
            @Override
            public void unreadable(long link, TaskId id, int attempt, String why) {
              news.add("unreadable " + link + " " + id.value() + "/" + attempt);
            }

            @Override
            public void failed(RuntimeException failure) {
              news.add("failed " + failure.getMessage());
            }
          });

  /** What a node's stream was sent. */
  private static final class Recorded extends ServerCallStreamObserver<LinkResponse> {
    final List<Assign> assigns = new ArrayList<>();

    @Override
    public void onNext(LinkResponse message) {
      assigns.addAll(message.getDirective().getAssignsList());
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public void setOnCancelHandler(Runnable handler) {}

    @Override
    public void setOnReadyHandler(Runnable handler) {}

    @Override
    public void setCompression(String compression) {}

    @Override
    public void disableAutoInboundFlowControl() {}

    @Override
    public void request(int count) {}

    @Override
    public void setMessageCompression(boolean enable) {}

    @Override
    public void onError(Throwable t) {}

    @Override
    public void onCompleted() {}
  }

  private Map<TaskId, ByteString> read(Collection<TaskId> ids) {
    if (broken != null) {
      throw broken;
    }
    reads.add(ids.size());
    Map<TaskId, ByteString> found = new HashMap<>();
    for (TaskId id : ids) {
      if (stored.containsKey(id)) {
        found.put(id, Objects.requireNonNull(stored.get(id)));
      }
    }
    return found;
  }

  private static AttemptRef ref(int n) {
    return AttemptRef.newBuilder().setTaskId(new TaskId(n).toString()).setAttempt(1).build();
  }

  private static Assign bare(int n) {
    return Assign.newBuilder()
        .setRef(ref(n))
        .setPayload(Payload.newBuilder().setContentType("text/plain"))
        .build();
  }

  private static ByteString content(int n) {
    return ByteString.copyFromUtf8("payload " + n);
  }

  /** Pushes a task whose payload is in the store only. */
  private void push(int n) {
    int bytes = content(n).size();
    Outbox.Waiting place = Objects.requireNonNull(link.outbox().assignLater(bare(n), n, bytes));
    loads.want(new PayloadLoads.Wanted(link, place, new TaskId(n), ref(n), bytes));
  }

  private void store(int... numbers) {
    for (int n : numbers) {
      stored.put(new TaskId(n), content(n));
    }
  }

  private void flush() {
    link.drain();
    loads.flush();
  }

  private void readAll() {
    for (Runnable reading = waiting.poll(); reading != null; reading = waiting.poll()) {
      reading.run();
    }
  }

  private List<String> arrived() {
    return stream.assigns.stream()
        .map(assign -> assign.getPayload().getData().toStringUtf8())
        .toList();
  }

  @Test
  void shouldPushWithPayloadsInOrderOnceTheyAreRead() {
    store(1, 2, 3);
    push(1);
    push(2);
    flush();
    link.outbox()
        .assign(
            bare(9).toBuilder().setPayload(Payload.newBuilder().setData(content(9))).build(), 9);
    push(3);
    flush();
    assertThat(arrived()).isEmpty();

    // when
    Objects.requireNonNull(waiting.poll()).run();

    // then
    assertThat(arrived()).containsExactly("payload 1", "payload 2", "payload 9");
    assertThat(stream.assigns.get(0).getPayload().getContentType()).isEqualTo("text/plain");

    // when
    readAll();

    // then
    assertThat(arrived()).endsWith("payload 3").hasSize(4);
    assertThat(reads).containsExactly(2, 1);
    assertThat(news).isEmpty();
  }

  @Test
  void shouldSendNothingOfAPushThatWasTakenBackMeanwhile() {
    store(1, 2);
    push(1);
    push(2);
    flush();

    // when
    assertThat(link.outbox().withdraw(ref(1))).isTrue();
    readAll();

    // then
    assertThat(arrived()).containsExactly("payload 2");
    assertThat(news).isEmpty();
  }

  @Test
  void shouldSayWhatIsLostAndPushTheRest() {
    store(2);
    stored.put(new TaskId(3), ByteString.copyFromUtf8("cut"));
    push(1);
    push(2);
    push(3);
    flush();
    readAll();
    assertThat(arrived()).containsExactly("payload 2");
    assertThat(news).containsExactly("unreadable 1 1/1", "unreadable 1 3/1");
    assertThat(link.outbox().withdrawAll()).isEmpty();
  }

  @Test
  void shouldSayNothingOfALostOneThatWasTakenBack() {
    push(1);
    flush();
    assertThat(link.outbox().withdraw(ref(1))).isTrue();
    readAll();
    assertThat(news).isEmpty();
  }

  @Test
  void shouldReadInSlicesWhenManyWait() {
    for (int n = 1; n <= 600; n++) {
      store(n);
      push(n);
    }
    flush();
    readAll();
    assertThat(reads).containsExactly(256, 256, 88);
    assertThat(arrived()).hasSize(600);
  }

  @Test
  void shouldHandOverTheFailureWhenTheStoreCannotRead() {
    push(1);
    flush();
    broken = new StoreException(StoreException.Kind.BROKEN, "the disk is gone");
    readAll();
    assertThat(news).containsExactly("failed the disk is gone");
    assertThat(link.outbox().withdrawAll()).containsExactly(ref(1));
  }
}
