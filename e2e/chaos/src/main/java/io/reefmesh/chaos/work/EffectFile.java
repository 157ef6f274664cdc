package io.reefmesh.chaos.work;

import io.reefmesh.chaos.work.Effect.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The traces of one process life, only ever appended to. A line is in the system's hands when
 * {@link #append} returns, so it outlives the process, however that ends. Thread-safe.
 */
public final class EffectFile implements AutoCloseable {

  private final FileChannel channel;
  private final String node;
  private final int life;

  /** Opens the file of a process life in a folder. */
  public EffectFile(Path folder, String node, int life) throws IOException {
    this.node = node;
    this.life = life;
    this.channel =
        FileChannel.open(
            folder.resolve(node + "-" + life + ".effects"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.APPEND);
  }

  /** Adds a line. */
  public void append(Kind kind, String taskId, int attempt) {
    Effect effect = new Effect(kind, taskId, attempt, node, life, System.nanoTime());
    ByteBuffer line = ByteBuffer.wrap((effect.format() + "\n").getBytes(StandardCharsets.US_ASCII));
    try {
      synchronized (this) {
        while (line.hasRemaining()) {
          channel.write(line);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the effect file of " + node + " cannot be written", e);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /**
   * Everything in a folder's effect files so far. A last line that is still being written is left
   * out.
   */
  public static List<Effect> readAll(Path folder) {
    List<Effect> effects = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        String text = Files.readString(file, StandardCharsets.US_ASCII);
        text.substring(0, text.lastIndexOf('\n') + 1)
            .lines()
            .forEach(line -> Effect.parse(line).ifPresent(effects::add));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the effect files in " + folder + " cannot be read", e);
    }
    return effects;
  }
}
