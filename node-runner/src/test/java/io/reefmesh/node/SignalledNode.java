package io.reefmesh.node;

import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A process with one node whose only task never ends by itself; stopped by signals. */
final class SignalledNode {

  private SignalledNode() {}

  public static void main(String[] arguments) throws InterruptedException {
    PlainHandler endless =
        new PlainHandler(
            "endless",
            context -> {
              new CountDownLatch(1).await();
              return TaskOutput.text("never");
            });
    NodeRunner runner = NodeRunner.start(NodeConfig.of(arguments[0], "n1"), List.of(endless));
    StopSignals.install(runner);
    System.out.println("ready");
    runner.awaitStop();
    System.out.println("stopped");
  }
}
