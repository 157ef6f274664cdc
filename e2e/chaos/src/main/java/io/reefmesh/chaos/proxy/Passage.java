package io.reefmesh.chaos.proxy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** One connection through a proxy. */
final class Passage {

  private static final int PIECE = 16 * 1024;

  private final FaultyProxy proxy;
  private final Socket near;
  private final Socket far;
  private final AtomicInteger open = new AtomicInteger(2);
  private volatile boolean lostBytes;

  Passage(FaultyProxy proxy, Socket near, Socket far) {
    this.proxy = proxy;
    this.near = near;
    this.far = far;
  }

  /** Whether bytes of it were thrown away: what is left makes no sense to anybody. */
  boolean lostBytes() {
    return lostBytes;
  }

  /** Ends both sides with a reset. */
  void reset() {
    reset(near);
    reset(far);
    proxy.ended(this);
  }

  /** Carries bytes one way until they end. */
  void carry(Way way) {
    Socket from = way == Way.UP ? near : far;
    Socket to = way == Way.UP ? far : near;
    try {
      if (pump(from.getInputStream(), to.getOutputStream(), way)) {
        to.shutdownOutput();
        if (open.decrementAndGet() == 0) {
          near.close();
          far.close();
          proxy.ended(this);
        }
      }
    } catch (IOException e) {
      brokenOff(way);
    } catch (InterruptedException e) {
      reset();
    }
  }

  /** True when the bytes came to an orderly end that the other side may know of. */
  private boolean pump(InputStream in, OutputStream out, Way way)
      throws IOException, InterruptedException {
    byte[] piece = new byte[PIECE];
    while (true) {
      int bytes = in.read(piece);
      if (bytes < 0) {
        proxy.awaitFair(way);
        return !lostBytes;
      }
      if (proxy.awaitPassing(way, () -> lostBytes = true)) {
        continue;
      }
      slowDown(bytes);
      out.write(piece, 0, bytes);
    }
  }

  /** One side was reset: so is the other, as soon as it may hear of it. */
  private void brokenOff(Way way) {
    try {
      proxy.awaitFair(way);
    } catch (InterruptedException e) {
      // Ends all the same.
    }
    reset();
  }

  private void slowDown(int bytes) throws InterruptedException {
    Weather weather = proxy.weather();
    long millis = weather.delayMillis();
    if (weather.bytesPerSecond() > 0) {
      millis += bytes * 1_000L / weather.bytesPerSecond();
    }
    if (millis > 0) {
      TimeUnit.MILLISECONDS.sleep(millis);
    }
  }

  static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
    } catch (IOException e) {
      // Closed already.
    }
    try {
      socket.close();
    } catch (IOException e) {
      // It is gone either way.
    }
  }
}
