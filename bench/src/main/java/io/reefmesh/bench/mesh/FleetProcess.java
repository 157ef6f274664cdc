package io.reefmesh.bench.mesh;

import io.reefmesh.bench.process.ParentWatch;
import io.reefmesh.cli.ReadyLine;
import io.reefmesh.node.TaskHandler;
import io.reefmesh.node.link.Dialer;
import io.reefmesh.node.link.GatewayLink;
import io.reefmesh.node.link.LinkCore;
import io.reefmesh.node.link.LinkProfile;
import io.reefmesh.node.link.Mailbox;
import io.reefmesh.node.work.AttemptRunner;
import io.reefmesh.v1.NodeType;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Very many nodes in one process: each has the real core, a real link and a connection of its own;
 * what they share are threads. It prints a line with its figures twice a second.
 */
public final class FleetProcess {

  private static final int HANDLER_THREADS = 4;

  /** New links under way at once, so that a fleet does not fall over its own feet. */
  private static final int DIALS_AT_ONCE = 200;

  private static final long LINE_MILLIS = 500;

  private final String gateway;
  private final int slots;
  private final Map<String, TaskHandler> handlers = new LinkedHashMap<>();
  private final ExecutorService attemptThreads = Executors.newFixedThreadPool(HANDLER_THREADS);
  private final SharedLoop loop = new SharedLoop("fleet-links");
  private final SplittableRandom random = new SplittableRandom();
  private final AtomicInteger linked = new AtomicInteger();
  private final AtomicLong drops = new AtomicLong();

  private FleetProcess(String gateway, int slots, List<String> types) {
    this.gateway = gateway;
    this.slots = slots;
    types.forEach(type -> handlers.put(type, new NoopHandler(type)));
  }

  /**
   * Runs until it is killed.
   *
   * @param arguments the process to end with, the gateway, a prefix for node ids, how many nodes,
   *     the slots of each, and the types they serve, with commas
   */
  public static void main(String[] arguments) throws InterruptedException {
    ParentWatch.haltWithout(Long.parseLong(arguments[0]));
    int count = Integer.parseInt(arguments[3]);
    FleetProcess fleet =
        new FleetProcess(
            arguments[1], Integer.parseInt(arguments[4]), List.of(arguments[5].split(",", -1)));
    System.out.println(new ReadyLine("fleet", Map.of("count", arguments[3])).format());
    fleet.run(arguments[2], count);
  }

  /** What a line of figures says. */
  public record Line(int linked, long drops) {

    /** Reads one back. */
    public static Line parse(String text) {
      String[] words = text.split(" ", -1);
      return new Line(Integer.parseInt(words[1]), Long.parseLong(words[3]));
    }

    String format() {
      return "linked " + linked + " drops " + drops;
    }
  }

  private void run(String prefix, int count) throws InterruptedException {
    List<GatewayLink> links = new ArrayList<>();
    long nextLine = 0;
    while (true) {
      while (links.size() < count && links.size() - linked.get() < DIALS_AT_ONCE) {
        GatewayLink link = newLink(prefix + links.size());
        links.add(link);
        link.start();
      }
      if (System.nanoTime() >= nextLine || nextLine == 0) {
        System.out.println(new Line(linked.get(), drops.get()).format());
        nextLine = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LINE_MILLIS);
      }
      TimeUnit.MILLISECONDS.sleep(links.size() < count ? 5 : LINE_MILLIS);
    }
  }

  private GatewayLink newLink(String id) {
    LinkProfile profile =
        new LinkProfile(
            id,
            HexFormat.of().toHexDigits(random.nextLong()),
            NodeType.NODE_TYPE_AGENT,
            List.of(),
            List.copyOf(handlers.keySet()),
            Map.of(),
            slots,
            0,
            false,
            "bench");
    Mailbox mailbox = loop.mailbox();
    return new GatewayLink(
        new LinkCore(profile, random.split()),
        mailbox,
        Dialer.network(),
        gateway,
        reading -> reading.take(0.1, 0.1),
        (listener, executor) -> new AttemptRunner(handlers, id, attemptThreads, executor, listener),
        new Standing());
  }

  /** Whether one node's link is live. */
  private final class Standing implements GatewayLink.Surroundings {
    private boolean live;

    @Override
    public synchronized void linked(boolean now) {
      if (now && !live) {
        linked.incrementAndGet();
      } else if (!now && live) {
        linked.decrementAndGet();
        drops.incrementAndGet();
      }
      live = now;
    }

    @Override
    public void terminated(@Nullable Throwable cause) {}
  }
}
