package io.reefmesh.node.handler;

import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of a response, piece by piece as it arrives. The next piece is asked for when the last
 * was taken, so little is ever held. {@link #cancel} may be called from any thread and closes the
 * connection; the rest belongs to one reader.
 */
final class ResponseBody implements BodySubscriber<ResponseBody> {

  private sealed interface Item {
    record Piece(List<ByteBuffer> buffers) implements Item {}

    record End() implements Item {}

    record Broken(Throwable cause) implements Item {}
  }

  /** At most one piece and one end, since pieces are asked for one by one. */
  private final BlockingQueue<Item> items = new LinkedBlockingQueue<>();

  private volatile boolean cancelled;
  private volatile boolean complete;
  private volatile Flow.@Nullable Subscription subscription;

  /** Owned by the reader: what of the last piece is not read yet. */
  private List<ByteBuffer> current = List.of();

  private boolean ended;

  /**
   * The next byte.
   *
   * @param silence how long to wait for it
   * @return -1 at the end
   * @throws HttpTimeoutException if nothing came in time
   * @throws IOException if the connection broke or was cancelled
   */
  int read(Duration silence) throws IOException, InterruptedException {
    while (!ended) {
      for (ByteBuffer buffer : current) {
        if (buffer.hasRemaining()) {
          return buffer.get() & 0xff;
        }
      }
      take(silence);
    }
    return -1;
  }

  /** Reads all of it, but not more than {@code limitBytes}. */
  byte[] readAll(int limitBytes, Duration silence) throws IOException, InterruptedException {
    java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
    for (int b = read(silence); b >= 0 && all.size() < limitBytes; b = read(silence)) {
      all.write(b);
    }
    return all.toByteArray();
  }

  /** Closes the connection unless all was read. The reader then fails. */
  void cancel() {
    cancelled = true;
    Flow.Subscription open = subscription;
    if (open != null && !complete) {
      open.cancel();
    }
    items.add(new Item.Broken(new IOException("cancelled")));
  }

  private void take(Duration silence) throws IOException, InterruptedException {
    Item item = items.poll(silence.toNanos(), TimeUnit.NANOSECONDS);
    if (item == null) {
      throw new HttpTimeoutException("silent for " + silence.toMillis() + " ms");
    }
    if (item instanceof Item.Broken broken) {
      throw new IOException(broken.cause());
    }
    if (item instanceof Item.Piece piece) {
      current = piece.buffers();
      request();
    } else {
      ended = true;
    }
  }

  private void request() {
    Flow.Subscription open = subscription;
    if (open != null) {
      open.request(1);
    }
  }

  @Override
  public void onSubscribe(Flow.Subscription subscription) {
    this.subscription = subscription;
    if (cancelled) {
      subscription.cancel();
    } else {
      subscription.request(1);
    }
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    items.add(new Item.Piece(buffers));
  }

  @Override
  public void onError(Throwable throwable) {
    items.add(new Item.Broken(throwable));
  }

  @Override
  public void onComplete() {
    complete = true;
    items.add(new Item.End());
  }

  @Override
  public CompletionStage<ResponseBody> getBody() {
    return CompletableFuture.completedFuture(this);
  }
}
