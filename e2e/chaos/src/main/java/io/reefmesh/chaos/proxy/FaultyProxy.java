package io.reefmesh.chaos.proxy;

import io.reefmesh.chaos.proxy.Weather.Passing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A TCP proxy on the loopback address, between one party and the gateway. It works on bytes and
 * knows nothing of what they mean. Without a fault it hides itself: an end, orderly or not, on one
 * side becomes the same end on the other. Thread-safe; two threads per connection.
 */
public final class FaultyProxy implements AutoCloseable {

  private static final int BACKLOG = 128;
  private static final int CONNECT_MILLIS = 2_000;

  private final String name;
  private final ServerSocket door;
  private final Set<Passage> passages = ConcurrentHashMap.newKeySet();
  private final Object sky = new Object();

  // Guarded by sky; read without it where a moment's delay does no harm.
  private volatile Weather weather = Weather.FAIR;
  private volatile @Nullable InetSocketAddress upstream;

  /** Opens a proxy that refuses everybody until it is told where the gateway is. */
  public FaultyProxy(String name) {
    this.name = name;
    try {
      this.door = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException("the proxy " + name + " has no port to listen on", e);
    }
    daemon("proxy-" + name, this::accept).start();
  }

  /** Where to dial instead of the gateway, as {@code host:port}. */
  public String address() {
    return "127.0.0.1:" + door.getLocalPort();
  }

  /** From now on connections lead there; null: to nobody. */
  public void leadTo(@Nullable InetSocketAddress gateway) {
    upstream = gateway;
  }

  /** Resets all connections that are open now. */
  public void cut() {
    passages.forEach(Passage::reset);
  }

  /** Holds bytes back until {@link #heal}. Ends of connections are held back, too. */
  public void hold(Way way) {
    become(Weather.of(way, Passing.HELD));
  }

  /** Takes bytes and throws them away; {@link #heal} resets the connections that lost some. */
  public void swallow(Way way) {
    become(Weather.of(way, Passing.SWALLOWED));
  }

  /** Delays each piece and limits the rate. */
  public void slowDown(long delayMillis, int bytesPerSecond) {
    become(Weather.slow(delayMillis, bytesPerSecond));
  }

  /** Resets all connections, and new ones as they come. */
  public void refuse() {
    become(Weather.REFUSING);
    cut();
  }

  /** Ends whatever fault there is. */
  public void heal() {
    become(Weather.FAIR);
    passages.stream().filter(Passage::lostBytes).forEach(Passage::reset);
  }

  @Override
  public void close() {
    become(Weather.REFUSING);
    try {
      door.close();
    } catch (IOException e) {
      // It is gone either way.
    }
    cut();
  }

  private void become(Weather next) {
    synchronized (sky) {
      weather = next;
      sky.notifyAll();
    }
  }

  private void accept() {
    while (!door.isClosed()) {
      try {
        Socket near = door.accept();
        // Dialling may take its time: others must not wait for it.
        daemon("dial-" + name, () -> connect(near)).start();
      } catch (IOException e) {
        // Closed, or one connection that ended before it was taken.
      }
    }
  }

  private void connect(Socket near) {
    InetSocketAddress gateway = upstream;
    if (gateway == null || weather.refusing()) {
      Passage.reset(near);
      return;
    }
    Socket far = new Socket();
    try {
      far.connect(gateway, CONNECT_MILLIS);
      near.setTcpNoDelay(true);
      far.setTcpNoDelay(true);
    } catch (IOException e) {
      Passage.reset(near);
      Passage.reset(far);
      return;
    }
    Passage passage = new Passage(this, near, far);
    passages.add(passage);
    if (weather.refusing()) {
      passage.reset();
    }
    for (Way way : List.of(Way.UP, Way.DOWN)) {
      daemon(way + "-" + name, () -> passage.carry(way)).start();
    }
  }

  void ended(Passage passage) {
    passages.remove(passage);
  }

  Weather weather() {
    return weather;
  }

  /**
   * Waits while bytes of this direction are held.
   *
   * @param lost told that the bytes at hand are to be thrown away, before any weather can change
   * @return whether they are thrown away
   */
  boolean awaitPassing(Way way, Runnable lost) throws InterruptedException {
    synchronized (sky) {
      while (weather.towards(way) == Passing.HELD) {
        sky.wait();
      }
      boolean swallowed = weather.towards(way) == Passing.SWALLOWED;
      if (swallowed) {
        lost.run();
      }
      return swallowed;
    }
  }

  /** Waits until nothing is held or swallowed in this direction. */
  void awaitFair(Way way) throws InterruptedException {
    synchronized (sky) {
      while (weather.towards(way) != Passing.FREE) {
        sky.wait();
      }
    }
  }

  private static Thread daemon(String name, Runnable work) {
    Thread thread = new Thread(null, work, name, 128 * 1024);
    thread.setDaemon(true);
    return thread;
  }
}
