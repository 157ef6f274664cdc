package io.reefmesh.gateway.store;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.reefmesh.gateway.store.StoreException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The right of one process to use a data folder, held on its file {@code reefmesh.lock} until
 * closed or until the process ends, however it ends. The file stays, with the holder's process id
 * in it.
 */
final class FolderLock implements AutoCloseable {

  private static final String NAME = "reefmesh.lock";

  /**
   * Folders locked by this process. Asked before the file is opened a second time: on POSIX,
   * closing any handle of a file drops all of the process's locks on it.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path folder;
  private final FileChannel channel;

  private FolderLock(Path folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  /**
   * Makes the folder if it is missing and locks it.
   *
   * @throws StoreException NOT_WRITABLE, LOCKED or DISK_FULL
   */
  static FolderLock take(Path dataDir) {
    Path folder;
    try {
      Files.createDirectories(dataDir);
      folder = dataDir.toRealPath();
    } catch (IOException e) {
      throw StoreErrors.notWritable(dataDir, e);
    }
    if (!HELD.add(folder)) {
      throw locked(folder, "this process");
    }
    FileChannel channel = null;
    try {
      channel = lock(folder);
      return new FolderLock(folder, channel);
    } finally {
      if (channel == null) {
        HELD.remove(folder);
      }
    }
  }

  private static FileChannel lock(Path folder) {
    Path file = folder.resolve(NAME);
    FileChannel channel = null;
    boolean locked = false;
    try {
      channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      locked = tryLock(channel);
      if (!locked) {
        throw locked(folder, "another process" + holder(file));
      }
      channel.truncate(0);
      channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(US_ASCII)));
      return channel;
    } catch (IOException e) {
      locked = false;
      throw StoreErrors.notWritable(file, e);
    } finally {
      if (!locked) {
        closeQuietly(channel);
      }
    }
  }

  private static boolean tryLock(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  private static String holder(Path file) {
    try {
      String pid = Files.readString(file, US_ASCII).strip();
      return pid.isEmpty() ? "" : " (process id " + pid + ")";
    } catch (IOException e) {
      return "";
    }
  }

  private static StoreException locked(Path folder, String holder) {
    return new StoreException(
        Kind.LOCKED,
        "the data folder "
            + folder
            + " is in use by "
            + holder
            + ": stop that gateway first, or name another data folder");
  }

  /** The folder, without links in its path. */
  Path folder() {
    return folder;
  }

  /** Lets the folder go. Once only. */
  @Override
  public void close() {
    closeQuietly(channel);
    HELD.remove(folder);
  }

  private static void closeQuietly(@Nullable FileChannel channel) {
    if (channel == null) {
      return;
    }
    try {
      channel.close();
    } catch (IOException e) {
      // The handle is gone either way, and the lock with it.
    }
  }
}
