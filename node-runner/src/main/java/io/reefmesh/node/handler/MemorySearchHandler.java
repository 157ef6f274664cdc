package io.reefmesh.node.handler;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.reefmesh.node.HandlerUnavailableException;
import io.reefmesh.node.TaskContext;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskHandler;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.node.TaskRefusedException;
import io.reefmesh.node.handler.MemoryIndex.Hit;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds what was kept: {@code {"by":"meaning","results":[{"id":"…","text":"…","metadata":{…},
 * "score":0.8}]}}, best first, with {@code "truncated":true} if not all of it fits.
 */
final class MemorySearchHandler implements TaskHandler {

  /** Room for what stands around the results. */
  private static final int FRAME_BYTES = 64;

  private final Memory memory;
  private final int outputLimitBytes;

  MemorySearchHandler(Memory memory, int outputLimitBytes) {
    this.memory = memory;
    this.outputLimitBytes = outputLimitBytes;
  }

  @Override
  public String type() {
    return "memory-search";
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
    MemoryPayload payload = MemoryPayload.search(context);
    Optional<Embeddings> embeddings = memory.embeddings();
    if (embeddings.isEmpty()) {
      return output(
          "words", memory.index().byWords(payload.shelf(), payload.text(), payload.limit()));
    }
    Embeddings.Found wanted = embeddings.get().of(context, payload.text());
    List<Hit> hits = memory.index().byMeaning(payload.shelf(), wanted.embedding(), payload.limit());
    return wanted.on(output("meaning", hits));
  }

  private TaskOutput output(String by, List<Hit> hits) {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("by", by);
    ArrayNode results = json.putArray("results");
    int used = FRAME_BYTES;
    for (Hit hit : hits) {
      ObjectNode result = JsonNodeFactory.instance.objectNode().put("id", hit.entry().id());
      result.put("text", hit.entry().text());
      result.set("metadata", metadata(hit));
      result.put("score", hit.score());
      used += result.toString().getBytes(StandardCharsets.UTF_8).length + 1;
      if (used > outputLimitBytes) {
        json.put("truncated", true);
        break;
      }
      results.add(result);
    }
    return TaskOutput.json(json.toString());
  }

  private static JsonNode metadata(Hit hit) {
    try {
      return PayloadFields.JSON.readTree(hit.entry().metadata());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("metadata is kept as JSON", e);
    }
  }
}
