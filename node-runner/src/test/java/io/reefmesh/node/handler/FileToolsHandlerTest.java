package io.reefmesh.node.handler;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.handler.HandlerSettings.FileSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class FileToolsHandlerTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LIMIT = 1 << 10;

  @TempDir private Path folder = Path.of(".");

  private Path root = Path.of(".");
  private Path outside = Path.of(".");

  @BeforeEach
  void makeFolders() throws Exception {
    root = Files.createDirectory(folder.resolve("root"));
    Files.createDirectory(root.resolve("notes"));
    outside = Files.createDirectory(folder.resolve("outside"));
    Files.writeString(outside.resolve("secret.txt"), "secret");
    Files.writeString(root.resolve("notes/a.txt"), "h\u00e9llo");
  }

  @Test
  void shouldListAFolder() throws Exception {
    Files.createSymbolicLink(root.resolve("z"), outside);

    JsonNode listing = done("{\"op\":\"list\",\"path\":\"\"}");

    assertThat(listing.toString())
        .isEqualTo(
            "{\"path\":\"\",\"items\":[{\"name\":\"notes\",\"kind\":\"folder\"},"
                + "{\"name\":\"z\",\"kind\":\"link\"}]}");
    assertThat(done("{\"op\":\"list\",\"path\":\"notes\"}").path("items").path(0).toString())
        .isEqualTo("{\"name\":\"a.txt\",\"kind\":\"file\",\"size\":6}");
  }

  @Test
  void shouldSayThatAListIsNotComplete() throws Exception {
    Files.writeString(root.resolve("notes/b.txt"), "");

    JsonNode listing = done("{\"op\":\"list\",\"path\":\"notes\",\"limit\":1}");

    assertThat(listing.path("items")).hasSize(1);
    assertThat(listing.path("truncated").asBoolean()).isTrue();
  }

  @Test
  void shouldReadAFileOrAPartOfIt() throws Exception {
    assertThat(done("{\"op\":\"read\",\"path\":\"./notes//a.txt\"}").toString())
        .isEqualTo("{\"path\":\"./notes//a.txt\",\"size\":6,\"content\":\"h\u00e9llo\"}");

    JsonNode part =
        done(
            "{\"op\":\"read\",\"path\":\"notes/a.txt\",\"offset\":3,\"limit\":2,"
                + "\"encoding\":\"base64\"}");

    assertThat(part.path("content").asText()).isEqualTo("bGw=");
    assertThat(part.path("truncated").asBoolean()).isTrue();
    assertThat(
            done("{\"op\":\"read\",\"path\":\"notes/a.txt\",\"offset\":99}")
                .path("content")
                .asText())
        .isEmpty();
  }

  @Test
  void shouldReadNoMoreThanTheLimit() throws Exception {
    Files.writeString(root.resolve("big"), "x".repeat(LIMIT + 1));

    JsonNode part = done("{\"op\":\"read\",\"path\":\"big\"}");

    assertThat(part.path("content").asText()).hasSize(LIMIT);
    assertThat(part.path("truncated").asBoolean()).isTrue();
  }

  @Test
  void shouldWriteAndReplaceAFile() throws Exception {
    done(
        "{\"op\":\"write\",\"path\":\"notes/b.bin\",\"content\":\"AAH/\",\"encoding\":\"base64\"}");
    done("{\"op\":\"write\",\"path\":\"notes/a.txt\",\"content\":\"new\"}");

    assertThat(root.resolve("notes/b.bin")).hasBinaryContent(new byte[] {0, 1, (byte) 255});
    assertThat(root.resolve("notes/a.txt")).hasContent("new");
    try (var files = Files.list(root.resolve("notes"))) {
      assertThat(files).hasSize(2);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../outside/secret.txt",
        "notes/../../outside/secret.txt",
        "/etc/passwd",
        "link/secret.txt",
        "file-link",
        "notes/deep-link/secret.txt",
        "notes\\u0000/a.txt",
        "notes/a.txt/b",
        "pipe",
        "nothing",
        "notes",
        "",
      })
  void shouldNeverLeaveItsFolder(String path) throws Exception {
    // given
    Files.createSymbolicLink(root.resolve("link"), outside);
    Files.createSymbolicLink(root.resolve("file-link"), outside.resolve("secret.txt"));
    Files.createSymbolicLink(root.resolve("notes/deep-link"), Path.of("../../outside"));
    new ProcessBuilder("mkfifo", root.resolve("pipe").toString()).start().waitFor();

    // when
    TaskFailedException read = refused("{\"op\":\"read\",\"path\":\"" + path + "\"}", true);

    // then
    assertThat(read.code()).isEqualTo("FILE_REFUSED");
    assertThat(read.retryable()).isFalse();
    assertThat(read).hasMessageNotContaining("secret\"");
    if (!path.equals("nothing")) {
      refused("{\"op\":\"write\",\"path\":\"" + path + "\",\"content\":\"bad\"}", true);
    }
    assertThat(outside.resolve("secret.txt")).hasContent("secret");
    try (var files = Files.list(outside)) {
      assertThat(files).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"..", "link", "/", "notes/a.txt"})
  void shouldNotListWhatIsOutside(String path) throws Exception {
    Files.createSymbolicLink(root.resolve("link"), outside);

    TaskFailedException failure = refused("{\"op\":\"list\",\"path\":\"" + path + "\"}", true);

    assertThat(failure.code()).isEqualTo("FILE_REFUSED");
  }

  @Test
  void shouldNotWriteUnlessThatIsAllowed() throws Exception {
    TaskFailedException failure =
        refused("{\"op\":\"write\",\"path\":\"notes/c\",\"content\":\"x\"}", false);

    assertThat(failure).hasMessageContaining("files.write");
    assertThat(root.resolve("notes/c")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"op\":\"delete\",\"path\":\"a\"}                    | op: it must be list, read or write",
        "{\"path\":\"a\"}                                      | op: it must be list, read or write",
        "{\"op\":\"read\",\"path\":\"a\",\"content\":\"\"}     | does not go with read",
        "{\"op\":\"write\",\"path\":\"a\"}                     | content: it is missing",
        "{\"op\":\"write\",\"path\":\"a\",\"content\":\"%\",\"encoding\":\"hex\"} | encoding: it must",
        "{\"op\":\"read\",\"path\":\"a\",\"offset\":-1}        | offset: it must be a whole number",
        "{\"op\":\"read\",\"path\":\"a\",\"limit\":4096}       | limit: it must be a whole number",
      })
  void shouldRefuseThePayloadWhenItIsNotAsDocumented(String payload, String complaint)
      throws Exception {
    TaskFailedException failure = refused(payload, true);

    assertThat(failure.code()).isEqualTo("INVALID_PAYLOAD");
    assertThat(failure).hasMessageContaining(complaint);
  }

  @Test
  void shouldRefuseContentThatIsTooLarge() throws Exception {
    TaskFailedException failure =
        refused(
            "{\"op\":\"write\",\"path\":\"a\",\"content\":\"" + "x".repeat(LIMIT + 1) + "\"}",
            true);

    assertThat(failure).hasMessageContaining("files.limit");
  }

  private JsonNode done(String payload) throws Exception {
    return JSON.readTree(
        handler(true).handle(RecordingContext.json("file-tools", payload)).payload().toByteArray());
  }

  private TaskFailedException refused(String payload, boolean write) throws Exception {
    Throwable failure =
        RunningAttempt.begin(handler(write), RecordingContext.json("file-tools", payload))
            .failure();
    assertThat(failure).isInstanceOf(TaskFailedException.class);
    return (TaskFailedException) failure;
  }

  private FileToolsHandler handler(boolean write) throws Exception {
    FileToolsHandler handler = new FileToolsHandler(new FileSettings(root, write, LIMIT), root);
    handler.start();
    return handler;
  }
}
