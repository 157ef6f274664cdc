package io.reefmesh.node.handler;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The calls that one attempt makes, one after the other. Cancelling closes the open one at once,
 * and lets no other begin. {@link #cancel} may be called from any thread.
 */
final class ChatCalls {

  private final HttpClient client;

  /** What closes the calls made so far; an attempt makes a handful. Guarded by this. */
  private final List<Runnable> closers = new ArrayList<>();

  /** Guarded by this. */
  private boolean cancelled;

  ChatCalls(HttpClient client) {
    this.client = client;
  }

  /**
   * Makes a call and waits for the head of its response.
   *
   * @throws HttpTimeoutException if it did not come in time
   * @throws IOException if the endpoint cannot be reached
   * @throws InterruptedException if the calls were cancelled, or the thread interrupted
   */
  HttpResponse<ResponseBody> send(HttpRequest request, Duration timeout)
      throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<ResponseBody>> sent =
        client.sendAsync(
            request,
            head -> {
              ResponseBody body = new ResponseBody();
              onCancel(body::cancel);
              return body;
            });
    onCancel(() -> sent.cancel(true));
    try {
      return sent.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      sent.cancel(true);
      throw new HttpTimeoutException("no answer for " + timeout.toMillis() + " ms");
    } catch (CancellationException e) {
      throw new InterruptedException("cancelled");
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    }
  }

  /** Closes what is open. Harmless when all was read. */
  void cancel() {
    List<Runnable> open;
    synchronized (this) {
      cancelled = true;
      open = List.copyOf(closers);
      closers.clear();
    }
    open.forEach(Runnable::run);
  }

  synchronized boolean isCancelled() {
    return cancelled;
  }

  private void onCancel(Runnable closer) {
    synchronized (this) {
      if (!cancelled) {
        closers.add(closer);
        return;
      }
    }
    closer.run();
  }
}
