package io.reefmesh.cli.demo;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A file and its SHA-256, as the demo itself computed it before the mesh saw the file.
 *
 * @param path absolute
 * @param sha256 64 lower-case hex digits
 */
record HashedFile(Path path, String sha256) {

  private static final int BUFFER_BYTES = 64 << 10;

  /** Reads the whole file. */
  static HashedFile of(Path path) throws IOException {
    return new HashedFile(path, sha256(path));
  }

  /**
   * Whether a hash from the mesh is right. A file that was written to meanwhile is hashed again:
   * then its present content counts.
   */
  boolean matches(String hash) {
    if (hash.equals(sha256)) {
      return true;
    }
    try {
      return hash.equals(sha256(path));
    } catch (IOException e) {
      return false;
    }
  }

  private static String sha256(Path path) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
    byte[] buffer = new byte[BUFFER_BYTES];
    try (InputStream in = new DigestInputStream(Files.newInputStream(path), digest)) {
      int read;
      do {
        read = in.read(buffer);
      } while (read >= 0);
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
