package io.reefmesh.client;

import static io.reefmesh.client.Events.output;
import static io.reefmesh.client.Events.succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import io.reefmesh.client.ScriptedTaskService.OpenWatch;
import io.reefmesh.v1.OutputChunk;
import io.reefmesh.v1.Task;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Listeners that take their time, on an executor of their own. */
final class BackPressureTest {

  private static final int CHUNKS = 500;

  private final InProcessMesh mesh = new InProcessMesh();
  private final ExecutorService callbacks = Executors.newFixedThreadPool(4);
  private final MeshClient client = mesh.client(mesh.builder().callbackExecutor(callbacks));

  @AfterEach
  void close() throws InterruptedException {
    mesh.close();
    callbacks.shutdownNow();
  }

  @Test
  void shouldHoldBackTheGatewayWhenTheListenerIsSlow() throws Exception {
    // given: a listener that waits in each call, and a gateway that sends whenever it may
    SlowListener listener = new SlowListener();
    TaskWatch watch = client.watch("task-1", listener);
    Sender sender = new Sender(mesh.tasks.nextWatch());

    // when
    sender.send();
    assertThat(listener.entered.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
    sender.send();

    // then: one is with the listener, and nothing else was asked for
    assertThat(sender.sent()).isOne();

    // when each call returns, then the next piece comes
    for (int i = 1; i < 10; i++) {
      listener.mayLeave.release();
      assertThat(listener.entered.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
      sender.send();
      assertThat(sender.sent()).isEqualTo(i + 1);
    }

    // when it takes no more time, then everything arrives in order, one call at a time
    listener.mayLeave.release(CHUNKS);
    Task task = watch.finished().get(30, TimeUnit.SECONDS);
    assertThat(Payloads.text(task.getResult())).isEqualTo("all");
    assertThat(listener.heard.get()).isEqualTo(CHUNKS);
    assertThat(listener.disorder).isFalse();
  }

  @Test
  void shouldStayUsableAndClosableWhenOneListenerIsStuck() throws Exception {
    // given
    SlowListener listener = new SlowListener();
    TaskWatch watch = client.watch("task-1", listener);
    mesh.tasks.nextWatch().send(output("1", 1, 0, "x"));
    assertThat(listener.entered.tryAcquire(10, TimeUnit.SECONDS)).isTrue();

    // when
    assertThat(client.get("task-9").getId()).isEqualTo("task-9");
    client.close();

    // then: nobody waits for the listener, and the listener hears the end after its call
    assertThat(Details.failureOf(watch.finished())).isInstanceOf(MeshClosedException.class);
    assertThat(listener.broken.getCount()).isOne();
    listener.mayLeave.release();
    assertThat(listener.broken.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(listener.disorder).isFalse();
  }

  /** Its fields are written by one callback at a time, which is part of what is tested. */
  private static final class SlowListener implements TaskListener {
    private final Semaphore entered = new Semaphore(0);
    private final Semaphore mayLeave = new Semaphore(0);
    private final CountDownLatch broken = new CountDownLatch(1);
    private volatile boolean inside;
    private volatile boolean disorder;
    private final AtomicInteger heard = new AtomicInteger();

    @Override
    public void onOutput(OutputChunk chunk) {
      enter();
      noteIf(chunk.getOffset() != heard.get());
      entered.release();
      mayLeave.acquireUninterruptibly();
      heard.incrementAndGet();
      inside = false;
    }

    @Override
    public void onBroken(MeshException why) {
      enter();
      broken.countDown();
    }

    private void noteIf(boolean wrong) {
      if (wrong) {
        disorder = true;
      }
    }

    private void enter() {
      noteIf(inside);
      inside = true;
    }
  }

  /** Sends one byte at a time, as long as the stream takes it. */
  private static final class Sender {
    private final OpenWatch stream;
    private int sent;

    Sender(OpenWatch stream) {
      this.stream = stream;
      stream.onReady(this::send);
    }

    synchronized int sent() {
      return sent;
    }

    synchronized void send() {
      while (sent < CHUNKS && stream.isReady()) {
        stream.send(output("c" + sent, 1, sent, "x"));
        sent++;
      }
      if (sent == CHUNKS && stream.isReady()) {
        sent++;
        stream.send(succeeded("end", "all")).complete();
      }
    }
  }
}
