package io.reefmesh.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class InMemoryTaskStoreTest extends TaskStoreContract {

  @Override
  TaskStore create() {
    return new InMemoryTaskStore();
  }

  /** Nothing outlives a process, but a failed store's whole commits do count. */
  @Override
  TaskStore reopen(TaskStore store) {
    return ((InMemoryTaskStore) store).copy();
  }

  @Test
  void shouldNameItself() {
    assertThat(store.name()).isEqualTo("memory");
  }
}
