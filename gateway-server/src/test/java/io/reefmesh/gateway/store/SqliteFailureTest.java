package io.reefmesh.gateway.store;

import static io.reefmesh.gateway.store.Sample.id;
import static io.reefmesh.gateway.store.Sample.submitted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.reefmesh.balancer.Mutation;
import io.reefmesh.gateway.store.StoreException.Kind;
import io.reefmesh.v1.TaskSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What people are told when the store cannot be used, and what is left of it. */
@Timeout(120)
final class SqliteFailureTest {

  @TempDir Path folder;

  private Path db() {
    return folder.resolve("reefmesh.db");
  }

  private StoreException openFails() {
    return openFails(folder);
  }

  private static StoreException openFails(Path folder) {
    StoreException e =
        catchThrowableOfType(StoreException.class, () -> SqliteTaskStore.open(folder).close());
    assertThat(e).isNotNull();
    assertThat(e).hasMessageContaining(String.valueOf(folder.getFileName()));
    return Objects.requireNonNull(e);
  }

  private static StoreException commitFails(
      SqliteTaskStore store, WriteLease lease, Mutation... mutations) {
    CompletionException e =
        catchThrowableOfType(CompletionException.class, () -> commit(store, lease, mutations));
    assertThat(e).as("the commit should have failed").isNotNull();
    return storeException(e);
  }

  private static StoreException storeException(CompletionException e) {
    assertThat(e.getCause()).isInstanceOf(StoreException.class);
    return (StoreException) Objects.requireNonNull(e.getCause());
  }

  private static void commit(SqliteTaskStore store, WriteLease lease, Mutation... mutations) {
    store.commit(lease, List.of(mutations), Sample.START).toCompletableFuture().join();
  }

  private void fill(int tasks) {
    try (SqliteTaskStore store = SqliteTaskStore.open(folder)) {
      WriteLease lease = store.acquire();
      for (int n = 0; n < tasks; n++) {
        commit(store, lease, submitted(n, Sample.body("payload ".repeat(200))));
      }
    }
  }

  private void sql(Path file, String... statements) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  // The folder

  @Test
  void shouldMakeFolderWhenItIsMissing() {
    // given
    Path missing = folder.resolve("a b/ü?x=1#%41/c");

    // when
    SqliteTaskStore.open(missing).close();

    // then
    assertThat(missing.resolve("reefmesh.db")).isRegularFile();
  }

  @Test
  void shouldSayNotWritableWhenFolderCannotBeMade() throws Exception {
    // given
    Files.createFile(folder.resolve("file"));

    // then
    StoreException e = openFails(folder.resolve("file").resolve("data"));
    assertThat(e.kind()).isEqualTo(Kind.NOT_WRITABLE);
    assertThat(e).hasMessageContaining("name another data folder");
  }

  @Test
  void shouldSayNotWritableWhenFolderIsFile() throws Exception {
    // given
    Path file = Files.createFile(folder.resolve("file"));

    // then
    assertThat(openFails(file).kind()).isEqualTo(Kind.NOT_WRITABLE);
  }

  @Test
  void shouldSayNotWritableWhenLockFileCannotBeMade() throws Exception {
    // given
    Files.createDirectory(folder.resolve("reefmesh.lock"));

    // then
    assertThat(openFails().kind()).isEqualTo(Kind.NOT_WRITABLE);
    Files.delete(folder.resolve("reefmesh.lock"));
    SqliteTaskStore.open(folder).close();
  }

  // The lock

  @Test
  void shouldSayLockedWhenOpenedTwiceInOneProcess() {
    try (SqliteTaskStore store = SqliteTaskStore.open(folder)) {
      // when
      StoreException e = openFails();

      // then
      assertThat(e.kind()).isEqualTo(Kind.LOCKED);
      assertThat(e).hasMessageContaining("stop that gateway first");
      commit(store, store.acquire(), submitted(1));
    }
    SqliteTaskStore.open(folder).close();
  }

  @Test
  void shouldStayLockedForOtherProcessesWhenSecondOpenHasFailed() throws Exception {
    try (SqliteTaskStore store = SqliteTaskStore.open(folder)) {
      // given: a careless second open would have dropped the lock of the first
      assertThat(openFails().kind()).isEqualTo(Kind.LOCKED);

      // when
      Process other = StoreProcess.start("open", folder.toString());

      // then
      assertThat(StoreProcess.output(other).readLine())
          .startsWith("LOCKED ")
          .contains("process id " + ProcessHandle.current().pid());
      assertThat(other.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(store.name()).isEqualTo("sqlite");
    }
    Process other = StoreProcess.start("open", folder.toString());
    assertThat(StoreProcess.output(other).readLine()).isEqualTo("opened");
  }

  @Test
  void shouldSayLockedWhenAnotherProcessHasIt() throws Exception {
    // given
    Process other = StoreProcess.start("commit", folder.toString(), "0");
    assertThat(StoreProcess.output(other).readLine()).isEqualTo("0");

    // then
    StoreException e = openFails();
    assertThat(e.kind()).isEqualTo(Kind.LOCKED);
    assertThat(e).hasMessageContaining("process id " + other.pid());

    // when
    other.destroyForcibly().waitFor(30, TimeUnit.SECONDS);

    // then
    SqliteTaskStore.open(folder).close();
  }

  // The file

  @Test
  void shouldSayCorruptWhenFileIsNoDatabase() throws Exception {
    // given
    Files.writeString(db(), "this is a diary. ".repeat(500));

    // then
    StoreException e = openFails();
    assertThat(e.kind()).isEqualTo(Kind.CORRUPT);
    assertThat(e).hasMessageContaining("is not an SQLite database").hasMessageContaining("backup");
    assertThat(db()).hasContent("this is a diary. ".repeat(500));
  }

  @Test
  void shouldSayCorruptWhenFileIsEmpty() throws Exception {
    // given
    fill(3);
    truncate(0);

    // then
    assertThat(openFails().kind()).isEqualTo(Kind.CORRUPT);
  }

  @Test
  void shouldSayCorruptWhenFileIsCutOff() throws Exception {
    // given
    fill(100);
    truncate(Files.size(db()) / 2 / 4096 * 4096);

    // then
    assertThat(openFails().kind()).isEqualTo(Kind.CORRUPT);
  }

  @Test
  void shouldSayCorruptWhenFileBelongsToAnotherProgram() throws Exception {
    // given
    sql(db(), "CREATE TABLE songs (title TEXT)");

    // then
    StoreException e = openFails();
    assertThat(e.kind()).isEqualTo(Kind.CORRUPT);
    assertThat(e).hasMessageContaining("another program");
  }

  @Test
  void shouldSayCorruptWhenOnlyWalIsLeft() throws Exception {
    // given
    Files.writeString(folder.resolve("reefmesh.db-wal"), "frames of a file that was moved away");

    // then
    assertThat(openFails().kind()).isEqualTo(Kind.CORRUPT);
    assertThat(db()).doesNotExist();
  }

  @Test
  void shouldSayCorruptWhenFileIsFolder() throws Exception {
    // given
    Files.createDirectory(db());

    // then
    assertThat(openFails().kind()).isEqualTo(Kind.CORRUPT);
  }

  @Test
  void shouldBeginAnewWhenFirstStartDiedHalfWay() throws Exception {
    // given
    Files.writeString(folder.resolve("reefmesh.db.new"), "half a file");

    // when
    fill(1);

    // then
    try (SqliteTaskStore store = SqliteTaskStore.open(folder)) {
      assertThat(store.read(List.of(id(0)))).hasSize(1);
      assertThat(folder.resolve("reefmesh.db.new")).doesNotExist();
    }
  }

  @Test
  void shouldSayCorruptWhenDamageIsFoundWhileLoading() throws Exception {
    // given
    fill(200);
    overwrite(Files.size(db()) / 3, 3 * 4096);

    try (SqliteTaskStore store = SqliteTaskStore.open(folder)) {
      WriteLease lease = store.acquire();

      // when
      StoreException e =
          catchThrowableOfType(
              StoreException.class, () -> store.load(lease, 0, new TaskStoreContract.Loaded()));

      // then
      assertThat(e.kind()).isEqualTo(Kind.CORRUPT);
      assertThat(e).hasMessageContaining("reefmesh.db is damaged").hasMessageContaining("backup");
      assertThat(commitFails(store, lease, submitted(900)).kind()).isEqualTo(Kind.CORRUPT);
    }
  }

  @Test
  void shouldStopWritingWhenReaderFindsDamage() throws Exception {
    // given
    fill(200);
    overwrite(Files.size(db()) / 3, 3 * 4096);

    try (SqliteTaskStore store = SqliteTaskStore.open(folder)) {
      WriteLease lease = store.acquire();

      // when
      assertThatThrownBy(() -> listAll(store))
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CORRUPT));

      // then
      assertThat(commitFails(store, lease, submitted(900)).kind()).isEqualTo(Kind.CORRUPT);
    }
  }

  @Test
  void shouldNameTaskWhenItsRowMakesNoSense() throws Exception {
    // given
    fill(3);
    sql(db(), "UPDATE task SET spec = x'ffffff' WHERE id = " + id(1).value());

    try (SqliteTaskStore store = SqliteTaskStore.open(folder)) {
      // when
      StoreException e =
          catchThrowableOfType(StoreException.class, () -> store.read(List.of(id(1))));

      // then
      assertThat(e.kind()).isEqualTo(Kind.CORRUPT);
      assertThat(e).hasMessageContaining(id(1).toString());
      assertThat(store.read(List.of(id(2)))).as("the reader is fit again").hasSize(1);
    }
  }

  private static void listAll(SqliteTaskStore store) {
    TaskQuery.Page page = store.list(Sample.ALL);
    while (page.next() != null) {
      page = store.list(Sample.page(Sample.ALL, page.next(), 100));
    }
  }

  private void truncate(long size) throws IOException {
    try (FileChannel channel = FileChannel.open(db(), StandardOpenOption.WRITE)) {
      channel.truncate(size);
    }
  }

  private void overwrite(long position, int bytes) throws IOException {
    byte[] noise = new byte[bytes];
    Arrays.fill(noise, (byte) 0xAB);
    try (FileChannel channel = FileChannel.open(db(), StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(noise), position / 4096 * 4096);
    }
  }

  // Room

  @Test
  void shouldSayDiskFullAndKeepWhatWasAcknowledged() {
    // given
    SqliteOptions small = SqliteOptions.DEFAULT.withMaxPages(60);
    ByteString payload = ByteString.copyFrom(new byte[30_000]);
    int acknowledged = 0;

    // when
    try (SqliteTaskStore store = SqliteTaskStore.open(folder, small)) {
      WriteLease lease = store.acquire();
      StoreException failure = null;
      while (failure == null) {
        assertThat(acknowledged).isLessThan(100);
        TaskBody body = new TaskBody(TaskSpec.getDefaultInstance(), "", payload, null);
        try {
          commit(store, lease, submitted(acknowledged, body));
          acknowledged++;
        } catch (CompletionException e) {
          failure = storeException(e);
        }
      }

      // then
      assertThat(failure.kind()).isEqualTo(Kind.DISK_FULL);
      assertThat(failure).hasMessageContaining("free some space");
      StoreException later = commitFails(store, lease);
      assertThat(later.kind()).isEqualTo(Kind.DISK_FULL);
      assertThat(later).hasMessageContaining("stopped after a failure");
    }
    try (SqliteTaskStore store = SqliteTaskStore.open(folder)) {
      assertThat(acknowledged).isPositive();
      assertThat(store.list(Sample.ALL).tasks()).hasSize(acknowledged);
      assertThat(store.read(List.of(id(acknowledged)))).isEmpty();
      commit(store, store.acquire(), submitted(acknowledged));
    }
  }

  // Another program

  @Test
  void shouldSayLockedWhenAnotherProgramHoldsTheWriteLock() throws Exception {
    SqliteOptions impatient = SqliteOptions.DEFAULT.withBusyMillis(10);
    try (SqliteTaskStore store = SqliteTaskStore.open(folder, impatient)) {
      WriteLease lease = store.acquire();
      try (Connection shell = DriverManager.getConnection("jdbc:sqlite:" + db());
          Statement statement = shell.createStatement()) {
        statement.execute("BEGIN IMMEDIATE");

        // then
        StoreException e = commitFails(store, lease, submitted(1));
        assertThat(e.kind()).isEqualTo(Kind.LOCKED);
        assertThat(e).hasMessageContaining("another program");
      }
    }
  }
}
