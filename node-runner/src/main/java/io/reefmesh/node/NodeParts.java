package io.reefmesh.node;

import io.reefmesh.node.link.Dialer;
import io.reefmesh.node.link.LoadMeter;
import io.reefmesh.node.link.Mailbox;
import io.reefmesh.node.link.ThreadMailbox;
import io.reefmesh.node.load.BackgroundLoadMeter;
import io.reefmesh.node.work.AttemptThreads;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

/**
 * What a node gets from outside: threads, time, chance and the network. Tests bring their own.
 *
 * @param attemptThreads where handlers run; asked for no more threads at once than there are slots
 */
record NodeParts(
    Mailbox mailbox,
    Dialer dialer,
    AttemptThreads attemptThreads,
    LoadMeter load,
    RandomGenerator random,
    String incarnation) {

  private static final int INCARNATION_BYTES = 8;

  static NodeParts real() {
    SecureRandom secure = new SecureRandom();
    byte[] incarnation = new byte[INCARNATION_BYTES];
    secure.nextBytes(incarnation);
    return new NodeParts(
        ThreadMailbox.start("reefmesh-node-link"),
        Dialer.network(),
        newAttemptThreads(),
        new BackgroundLoadMeter(),
        new SplittableRandom(secure.nextLong()),
        HexFormat.of().formatHex(incarnation));
  }

  private static AttemptThreads newAttemptThreads() {
    AtomicInteger count = new AtomicInteger();
    return new AttemptThreads(
        task -> {
          Thread made = new Thread(task, "reefmesh-attempt-" + count.incrementAndGet());
          made.setDaemon(true);
          return made;
        });
  }

  void close() {
    mailbox.close();
    attemptThreads.close();
    if (load instanceof BackgroundLoadMeter meter) {
      meter.close();
    }
  }
}
