package io.reefmesh.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SqliteTaskStoreTest extends TaskStoreContract {

  @TempDir Path folder;

  @Override
  TaskStore create() {
    return SqliteTaskStore.open(folder);
  }

  @Override
  TaskStore reopen(TaskStore store) {
    store.close();
    return SqliteTaskStore.open(folder);
  }

  @Test
  void shouldNameItself() {
    assertThat(store.name()).isEqualTo("sqlite");
  }
}
