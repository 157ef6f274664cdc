package io.reefmesh.gateway.door;

import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.logging.Filter;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps peers that break the protocol from filling the log. The transport writes a stack trace for
 * every connection that sends garbage and for every call that is cancelled at the wrong moment;
 * this writes one line per kind and minute instead, with a count. Thread-safe.
 */
final class NettyNoise implements Filter {

  private static final Duration PAUSE = Duration.ofMinutes(1);
  private static final int MAX_KINDS = 64;
  private static final int MAX_WORDS = 160;
  private static final String NETTY = "io.grpc.netty.shaded.io.grpc.netty.";

  private static final NettyNoise INSTANCE =
      new NettyNoise(System::nanoTime, LoggerFactory.getLogger(NettyNoise.class)::info);

  /** Kept here: a logger that nobody holds is collected, and its filter with it. */
  private static final List<Logger> LOGGERS =
      List.of(
          Logger.getLogger(NETTY + "NettyServerTransport.connections"),
          Logger.getLogger(NETTY + "NettyServerStream"),
          Logger.getLogger(NETTY + "NettyServerHandler"));

  private final ConcurrentMap<String, Kind> kinds = new ConcurrentHashMap<>();
  private final LongAdder total = new LongAdder();
  private final LongSupplier nanoClock;
  private final Consumer<String> lines;

  NettyNoise(LongSupplier nanoClock, Consumer<String> lines) {
    this.nanoClock = nanoClock;
    this.lines = lines;
  }

  /** Puts the filter in place, for all servers of this process. May be called again. */
  static void quieten() {
    LOGGERS.forEach(logger -> logger.setFilter(INSTANCE));
  }

  /** How many stack traces were kept out of the log. */
  long total() {
    return total.sum();
  }

  /** Lets through what carries no exception. */
  @Override
  public boolean isLoggable(LogRecord record) {
    Throwable thrown = record.getThrown();
    if (thrown == null) {
      return true;
    }
    total.increment();
    String name = record.getMessage() + ", " + thrown.getClass().getSimpleName();
    if (kinds.size() < MAX_KINDS || kinds.containsKey(name)) {
      kinds
          .computeIfAbsent(name, key -> new Kind())
          .seen(nanoClock.getAsLong())
          .ifPresent(
              count ->
                  lines.accept(
                      "a peer broke the protocol or left early ("
                          + count
                          + " times so far): "
                          + Printable.cut(name + ": " + thrown.getMessage(), MAX_WORDS)));
    }
    return false;
  }

  /** One kind of event: how often, and when it was told last. */
  private static final class Kind {

    private long count;
    private long toldAtNanos;

    /** Counts; the number is present when it is time to tell it. */
    synchronized OptionalLong seen(long nowNanos) {
      count++;
      if (count > 1 && nowNanos - toldAtNanos < PAUSE.toNanos()) {
        return OptionalLong.empty();
      }
      toldAtNanos = nowNanos;
      return OptionalLong.of(count);
    }
  }
}
