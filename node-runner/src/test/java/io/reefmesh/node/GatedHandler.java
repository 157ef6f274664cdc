package io.reefmesh.node;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A handler that runs until the test lets it go. */
final class GatedHandler implements TaskHandler {

  private static final long PATIENCE_SECONDS = 20;

  /** Longer than any test waits for what the handler does after an interrupt. */
  private static final long GATE_SECONDS = 120;

  final AtomicInteger runs = new AtomicInteger();
  final AtomicInteger interrupts = new AtomicInteger();
  final AtomicInteger cancelActions = new AtomicInteger();
  final ConcurrentHashMap<String, TaskContext> contexts = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, CountDownLatch> gates = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, CountDownLatch> begun = new ConcurrentHashMap<>();
  private final boolean ignoresInterrupts;
  volatile boolean closed;

  GatedHandler(boolean ignoresInterrupts) {
    this.ignoresInterrupts = ignoresInterrupts;
  }

  @Override
  public String type() {
    return "gated";
  }

  @Override
  public TaskOutput handle(TaskContext context) throws Exception {
    runs.incrementAndGet();
    contexts.put(context.taskId(), context);
    context.onCancel(cancelActions::incrementAndGet);
    begun(context.taskId()).countDown();
    awaitGate(gate(context.taskId()));
    return TaskOutput.text("done with " + context.payload().toStringUtf8());
  }

  private void awaitGate(CountDownLatch gate) throws InterruptedException {
    while (true) {
      try {
        if (!gate.await(GATE_SECONDS, TimeUnit.SECONDS)) {
          throw new IllegalStateException("nobody opened the gate");
        }
        return;
      } catch (InterruptedException e) {
        interrupts.incrementAndGet();
        if (!ignoresInterrupts) {
          throw e;
        }
      }
    }
  }

  /** Waits until the handler runs this task. */
  TaskContext awaitBegun(String task) throws InterruptedException {
    if (!begun(task).await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("task " + task + " did not begin");
    }
    @Nullable TaskContext context = contexts.get(task);
    if (context == null) {
      throw new AssertionError("task " + task + " has no context");
    }
    return context;
  }

  void open(String task) {
    gate(task).countDown();
  }

  private CountDownLatch gate(String task) {
    return gates.computeIfAbsent(task, t -> new CountDownLatch(1));
  }

  private CountDownLatch begun(String task) {
    return begun.computeIfAbsent(task, t -> new CountDownLatch(1));
  }

  @Override
  public void close() {
    closed = true;
  }
}
