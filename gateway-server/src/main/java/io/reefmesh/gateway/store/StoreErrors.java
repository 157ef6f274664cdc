package io.reefmesh.gateway.store;

import io.reefmesh.gateway.store.StoreException.Kind;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.SQLException;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** What went wrong, told to people: what happened, to what, what to do. */
final class StoreErrors {

  /** With less room than this, an error of the operating system is taken for a full disk. */
  private static final long FULL_BELOW_BYTES = 1L << 20;

  private StoreErrors() {}

  static StoreException fenced(WriteLease lease) {
    return new StoreException(
        Kind.FENCED,
        "another gateway has taken over this store since epoch "
            + lease.epoch()
            + ": this one must stop; leave the other one running");
  }

  static StoreException unexpected(Throwable cause) {
    return new StoreException(
        Kind.BROKEN,
        "an unexpected error in the store; nothing of the write at hand was stored: " + cause,
        cause);
  }

  static StoreException corrupt(Path file, String how) {
    return new StoreException(
        Kind.CORRUPT,
        file
            + " "
            + how
            + ": keep a copy of the folder, then restore a backup, or move the files away to begin"
            + " with an empty store");
  }

  static StoreException corrupt(Path file, String how, Throwable cause) {
    StoreException e = corrupt(file, how);
    e.initCause(cause);
    return e;
  }

  static StoreException notWritable(Path path, Throwable cause) {
    if (isFull(path)) {
      return full(path, cause);
    }
    return new StoreException(
        Kind.NOT_WRITABLE,
        "cannot write "
            + path
            + " ("
            + reason(cause)
            + "): check that its folder exists, belongs to this user and is not mounted read-only,"
            + " or name another data folder",
        cause);
  }

  /** Why a file operation failed, without the names of Java's classes. */
  private static String reason(Throwable cause) {
    if (cause instanceof FileAlreadyExistsException) {
      return "a file has this name, where a folder is needed";
    }
    if (cause instanceof AccessDeniedException) {
      return "access denied";
    }
    if (cause instanceof NoSuchFileException) {
      return "no such file or folder";
    }
    if (cause instanceof FileSystemException e && e.getReason() != null) {
      return e.getReason();
    }
    return String.valueOf(cause.getMessage());
  }

  static StoreException of(Path file, SQLException e) {
    if (!(e instanceof SQLiteException sqlite)) {
      return noDriver(file, e);
    }
    int primary = sqlite.getResultCode().code & 0xff;
    if (primary == SQLiteErrorCode.SQLITE_CORRUPT.code
        || primary == SQLiteErrorCode.SQLITE_NOTADB.code) {
      return corrupt(file, "is damaged (" + e.getMessage() + ")", e);
    }
    if (primary == SQLiteErrorCode.SQLITE_FULL.code) {
      return full(file, e);
    }
    if (primary == SQLiteErrorCode.SQLITE_BUSY.code
        || primary == SQLiteErrorCode.SQLITE_LOCKED.code) {
      return new StoreException(
          Kind.LOCKED,
          file + " is locked by another program: close it (a sqlite3 shell?) and start again",
          e);
    }
    if (primary == SQLiteErrorCode.SQLITE_READONLY.code
        || primary == SQLiteErrorCode.SQLITE_CANTOPEN.code
        || primary == SQLiteErrorCode.SQLITE_PERM.code) {
      return notWritable(file, e);
    }
    if (primary == SQLiteErrorCode.SQLITE_IOERR.code) {
      return isFull(file)
          ? full(file, e)
          : new StoreException(
              Kind.BROKEN,
              "the disk failed on "
                  + file
                  + " ("
                  + e.getMessage()
                  + "): check it, then start again",
              e);
    }
    return new StoreException(
        Kind.BROKEN, "SQLite refused a step on " + file + ": " + e.getMessage(), e);
  }

  /** The driver itself failed, not SQLite: most often its native part could not be unpacked. */
  private static StoreException noDriver(Path file, SQLException e) {
    String why = e.getCause() == null ? e.getMessage() : e.getMessage() + ": " + e.getCause();
    return new StoreException(
        Kind.BROKEN,
        "SQLite could not be used on "
            + file
            + " ("
            + why
            + "): if its native library is the trouble, make the folder of temporary files writable"
            + " and executable, or name another with -Dorg.sqlite.tmpdir",
        e);
  }

  private static StoreException full(Path path, Throwable cause) {
    return new StoreException(
        Kind.DISK_FULL,
        "no room for "
            + path
            + ": free some space on its disk and start again; what was acknowledged is safe",
        cause);
  }

  private static boolean isFull(Path path) {
    try {
      Path existing = path.toAbsolutePath();
      while (existing != null && !Files.exists(existing)) {
        existing = existing.getParent();
      }
      return existing != null && Files.getFileStore(existing).getUsableSpace() < FULL_BELOW_BYTES;
    } catch (IOException e) {
      return false;
    }
  }
}
