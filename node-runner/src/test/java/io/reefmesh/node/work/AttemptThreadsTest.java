package io.reefmesh.node.work;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class AttemptThreadsTest {

  /** Threads that were asked for and started, and run only when the test lets them. */
  private final BlockingQueue<Thread> coming = new LinkedBlockingQueue<>();

  private final AttemptThreads threads = new AttemptThreads(HeldThread::new);
  private final List<Thread> running = new ArrayList<>();

  private final class HeldThread extends Thread {
    HeldThread(Runnable work) {
      super(work);
      setDaemon(true);
    }

    @Override
    public synchronized void start() {
      coming.add(this);
    }

    void comeUp() {
      super.start();
    }
  }

  @AfterEach
  void close() {
    threads.close();
  }

  private void letOneComeUp() throws InterruptedException {
    HeldThread thread = (HeldThread) coming.poll(20, TimeUnit.SECONDS);
    assertThat(thread).isNotNull();
    running.add(thread);
    thread.comeUp();
  }

  @Test
  void shouldStayOnOneThreadWhenShortWorkComesFasterThanThreads() throws InterruptedException {
    // given
    CountDownLatch done = new CountDownLatch(100);
    for (int i = 0; i < 100; i++) {
      threads.execute(done::countDown);
    }
    assertThat(coming).hasSize(1);
    // when
    letOneComeUp();
    // then
    assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(coming).as("sent for when it took the first").hasSize(1);
  }

  @Test
  void shouldBeginEverythingWhenAllWorkBlocks() throws InterruptedException {
    // given
    CountDownLatch begun = new CountDownLatch(20);
    CountDownLatch end = new CountDownLatch(1);
    for (int i = 0; i < 20; i++) {
      threads.execute(
          () -> {
            begun.countDown();
            awaitQuietly(end);
          });
    }
    // when
    for (int i = 0; i < 20; i++) {
      letOneComeUp();
    }
    // then
    assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
    end.countDown();
  }

  @Test
  void shouldUseAnIdleThreadAgainWhenWorkComesLater() throws InterruptedException {
    // given
    BlockingQueue<Thread> ranOn = new LinkedBlockingQueue<>();
    threads.execute(() -> ranOn.add(Thread.currentThread()));
    letOneComeUp();
    Thread first = ranOn.poll(20, TimeUnit.SECONDS);
    awaitParked(first);
    // when
    threads.execute(() -> ranOn.add(Thread.currentThread()));
    // then
    assertThat(ranOn.poll(20, TimeUnit.SECONDS)).isSameAs(first);
    assertThat(coming).isEmpty();
  }

  @Test
  void shouldRunTheRestWhenAFurtherThreadCannotBeHad() throws InterruptedException {
    // given
    CountDownLatch done = new CountDownLatch(3);
    AttemptThreads few =
        new AttemptThreads(
            work -> {
              if (!running.isEmpty()) {
                throw new OutOfMemoryError("no more threads");
              }
              return new HeldThread(work);
            });
    for (int i = 0; i < 3; i++) {
      few.execute(done::countDown);
    }
    // when
    letOneComeUp();
    // then
    assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
    few.close();
  }

  @Test
  void shouldEndItsThreadsWhenItIsClosed() throws InterruptedException {
    // given
    CountDownLatch done = new CountDownLatch(1);
    threads.execute(done::countDown);
    letOneComeUp();
    assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
    // when
    threads.close();
    threads.execute(() -> running.clear());
    // then
    running.get(0).join(TimeUnit.SECONDS.toMillis(20));
    assertThat(running.get(0).isAlive()).isFalse();
    assertThat(coming).isEmpty();
  }

  private static void awaitParked(Thread thread) {
    while (thread.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
