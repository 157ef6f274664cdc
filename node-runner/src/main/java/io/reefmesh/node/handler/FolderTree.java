package io.reefmesh.node.handler;

import com.google.protobuf.ByteString;
import io.reefmesh.node.TaskFailedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * The files below one folder, and nothing else on the machine. Each folder on the way is opened
 * from within the one before, and no symbolic link is followed, so that swapping a folder for a
 * link in the middle of a call leads nowhere either. Thread-safe.
 */
final class FolderTree {

  private static final int MAX_DEPTH = 64;
  private static final Set<OpenOption> READ =
      Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
  private static final Set<OpenOption> CREATE =
      Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW, LinkOption.NOFOLLOW_LINKS);

  /** What a folder has; {@code kind} is file, folder, link or other. */
  record Item(String name, String kind, long sizeBytes) {}

  /** Some or all of the items, sorted by name. */
  record Listing(List<Item> items, boolean truncated) {}

  /** A part of a file. */
  record Part(ByteString bytes, long fileSizeBytes) {}

  /** Work in the folder that holds a file; {@code name} is the file's own. */
  private interface Work<T> {
    T run(SecureDirectoryStream<Path> folder, Path name) throws IOException, TaskFailedException;
  }

  private final Path root;

  FolderTree(Path root) {
    this.root = root;
  }

  /** Whether this machine can keep to the folder. */
  boolean isSupported() throws IOException {
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(root)) {
      return stream instanceof SecureDirectoryStream;
    }
  }

  Listing list(String path, int limit) throws TaskFailedException {
    List<String> names = names(path);
    return guarded(
        path,
        () -> {
          try (SecureDirectoryStream<Path> folder = open(names)) {
            return listing(folder, limit);
          }
        });
  }

  Part read(String path, long offset, int limit) throws TaskFailedException {
    return inFolder(
        path,
        (folder, name) -> {
          requireFile(path, folder, name);
          try (SeekableByteChannel file = folder.newByteChannel(name, READ)) {
            return part(file, offset, limit);
          }
        });
  }

  /** Writes a whole file, so that a reader sees all of it or what was there before. */
  void write(String path, ByteString content) throws TaskFailedException {
    inFolder(
        path,
        (folder, name) -> {
          if (exists(folder, name)) {
            requireFile(path, folder, name);
          }
          Path temporary = Path.of(".reefmesh-" + UUID.randomUUID());
          try {
            try (SeekableByteChannel file = folder.newByteChannel(temporary, CREATE)) {
              ByteBuffer left = content.asReadOnlyByteBuffer();
              while (left.hasRemaining()) {
                file.write(left);
              }
            }
            folder.move(temporary, folder, name);
            return true;
          } catch (IOException e) {
            deleteQuietly(folder, temporary);
            throw e;
          }
        });
  }

  private static void deleteQuietly(SecureDirectoryStream<Path> folder, Path name) {
    try {
      folder.deleteFile(name);
    } catch (IOException e) {
      // It was never made, or is gone with its folder.
    }
  }

  private interface Guarded<T> {
    T run() throws IOException, TaskFailedException;
  }

  private <T> T inFolder(String path, Work<T> work) throws TaskFailedException {
    List<String> names = names(path);
    if (names.isEmpty()) {
      throw failure(path, "is a folder, not a file");
    }
    Path name = Path.of(names.get(names.size() - 1));
    return guarded(
        path,
        () -> {
          try (SecureDirectoryStream<Path> folder = open(names.subList(0, names.size() - 1))) {
            return work.run(folder, name);
          }
        });
  }

  private static <T> T guarded(String path, Guarded<T> work) throws TaskFailedException {
    try {
      return work.run();
    } catch (NoSuchFileException e) {
      throw failure(path, "does not exist");
    } catch (NotDirectoryException e) {
      throw failure(path, "leads through something that is no folder");
    } catch (FileSystemException e) {
      String reason = e.getReason();
      throw failure(path, "cannot be used: " + (reason == null ? "no access, or a link" : reason));
    } catch (IOException e) {
      throw new TaskFailedException("FILE_ERROR", message(path, "failed: " + e.getMessage()), true);
    }
  }

  /** The folder at the end of the names; whoever asked closes it. */
  @SuppressWarnings("StreamResourceLeak")
  private SecureDirectoryStream<Path> open(List<String> names) throws IOException {
    SecureDirectoryStream<Path> folder = secure(Files.newDirectoryStream(root));
    for (String name : names) {
      try (SecureDirectoryStream<Path> parent = folder) {
        folder = parent.newDirectoryStream(Path.of(name), LinkOption.NOFOLLOW_LINKS);
      }
    }
    return folder;
  }

  private static SecureDirectoryStream<Path> secure(DirectoryStream<Path> stream)
      throws IOException {
    if (stream instanceof SecureDirectoryStream<Path> secure) {
      return secure;
    }
    stream.close();
    throw new IOException("this machine cannot keep to a folder");
  }

  private static Listing listing(SecureDirectoryStream<Path> folder, int limit) throws IOException {
    List<Item> items = new ArrayList<>();
    boolean truncated = false;
    for (Path entry : folder) {
      if (items.size() == limit) {
        truncated = true;
        break;
      }
      Path name = entry.getFileName();
      try {
        BasicFileAttributes attributes = attributes(folder, name);
        items.add(new Item(name.toString(), kind(attributes), attributes.size()));
      } catch (NoSuchFileException e) {
        // Gone since it was listed.
      }
    }
    items.sort(Comparator.comparing(Item::name));
    return new Listing(items, truncated);
  }

  private static String kind(BasicFileAttributes attributes) {
    if (attributes.isSymbolicLink()) {
      return "link";
    }
    if (attributes.isDirectory()) {
      return "folder";
    }
    return attributes.isRegularFile() ? "file" : "other";
  }

  private static Part part(SeekableByteChannel file, long offset, int limit) throws IOException {
    file.position(offset);
    ByteBuffer buffer =
        ByteBuffer.allocate((int) Math.min(limit, Math.max(0, file.size() - offset)));
    while (buffer.hasRemaining() && file.read(buffer) >= 0) {
      // Until it is full or the file ends.
    }
    return new Part(ByteString.copyFrom(buffer.flip()), file.size());
  }

  /** Anything else could block for ever (a pipe), or do something (a device). */
  private static void requireFile(String path, SecureDirectoryStream<Path> folder, Path name)
      throws IOException, TaskFailedException {
    BasicFileAttributes attributes = attributes(folder, name);
    if (!attributes.isRegularFile()) {
      throw failure(path, "is no file but a " + kind(attributes));
    }
  }

  private static boolean exists(SecureDirectoryStream<Path> folder, Path name) throws IOException {
    try {
      attributes(folder, name);
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private static BasicFileAttributes attributes(SecureDirectoryStream<Path> folder, Path name)
      throws IOException {
    return folder
        .getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .readAttributes();
  }

  /** The steps of a path below the root; none: the root itself. */
  private static List<String> names(String path) throws TaskFailedException {
    List<String> names = new ArrayList<>();
    for (String name : path.split("/", -1)) {
      if (name.equals("..") || path.startsWith("/") || name.indexOf('\0') >= 0) {
        throw failure(path, "is not below the folder of this node: use a path such as notes/a.txt");
      }
      if (!name.isEmpty() && !name.equals(".")) {
        names.add(name);
      }
    }
    if (names.size() > MAX_DEPTH) {
      throw failure(path, "is deeper than " + MAX_DEPTH + " folders");
    }
    return names;
  }

  private static TaskFailedException failure(String path, String complaint) {
    return new TaskFailedException("FILE_REFUSED", message(path, complaint), false);
  }

  private static String message(String path, String complaint) {
    return "Path \""
        + PayloadFields.shortened(path.replaceAll("\\p{Cntrl}", "?"))
        + "\" "
        + complaint;
  }
}
