package io.reefmesh.node.handler;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.reefmesh.node.HandlerUnavailableException;
import io.reefmesh.node.TaskContext;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskHandler;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.node.TaskRefusedException;
import io.reefmesh.node.handler.MemoryIndex.Entry;
import java.util.Optional;
import java.util.Set;

/**
 * Keeps a text for later, or forgets one. An entry without a name gets the task's id, so that a
 * second attempt replaces what the first one kept.
 */
final class MemoryStoreHandler implements TaskHandler {

  private final Memory memory;

  MemoryStoreHandler(Memory memory) {
    this.memory = memory;
  }

  @Override
  public String type() {
    return "memory-store";
  }

  @Override
  public Set<String> capabilities() {
    return Set.of("memory");
  }

  @Override
  public void start() throws HandlerUnavailableException {
    memory.start();
  }

  @Override
  public void close() {
    memory.close();
  }

  @Override
  public TaskOutput handle(TaskContext context)
      throws TaskFailedException, TaskRefusedException, InterruptedException {
    MemoryPayload payload = MemoryPayload.store(context);
    String id = payload.id().orElse(context.taskId());
    if (payload.forget()) {
      boolean forgotten = memory.index().remove(payload.shelf(), id);
      return TaskOutput.json(
          JsonNodeFactory.instance
              .objectNode()
              .put("id", id)
              .put("forgotten", forgotten)
              .toString());
    }
    Optional<Embeddings.Found> found =
        memory.embeddings().isPresent()
            ? Optional.of(memory.embeddings().get().of(context, payload.text()))
            : Optional.empty();
    boolean kept =
        memory
            .index()
            .put(
                payload.shelf(),
                new Entry(id, payload.text(), payload.metadata()),
                found.map(Embeddings.Found::embedding));
    if (!kept) {
      throw new TaskFailedException(
          "MEMORY_FULL",
          "The memory of this node is full (memory.max-entries): forget something, or allow more",
          false);
    }
    TaskOutput output =
        TaskOutput.json(JsonNodeFactory.instance.objectNode().put("id", id).toString());
    return found.map(meaning -> meaning.on(output)).orElse(output);
  }
}
