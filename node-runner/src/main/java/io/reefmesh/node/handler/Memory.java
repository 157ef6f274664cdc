package io.reefmesh.node.handler;

import io.reefmesh.node.HandlerUnavailableException;
import io.reefmesh.node.handler.HandlerSettings.MemorySettings;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * What a node remembers, shared by those who store and those who search. Thread-safe.
 *
 * @param index where it is kept
 * @param embeddings what tells meanings; empty: words are matched
 */
record Memory(MemoryIndex index, Optional<Embeddings> embeddings) {

  static Memory of(MemorySettings settings, Path directory, LongSupplier nanoTime) {
    URI url = settings.embeddings().baseUrl();
    return new Memory(
        new MemoryIndex(directory, settings.maxEntries()),
        url == null
            ? Optional.empty()
            : Optional.of(new Embeddings(settings.embeddings(), url, nanoTime)));
  }

  /** May be called twice. */
  void start() throws HandlerUnavailableException {
    if (embeddings.isPresent()) {
      embeddings.get().start();
    }
    index.open();
  }

  /** May be called twice. */
  void close() {
    index.close();
  }
}
