package io.reefmesh.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reefmesh.cli.CommandException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileTreeTest {

  @TempDir Path folder;

  @Test
  void shouldHashRegularFilesAndLeaveOutBuildsGitAndLinks() throws IOException {
    // given
    write("b.txt", "abc");
    write("deep/er/a.txt", "");
    write("target/classes/X.class", "x");
    write("deep/.git/config", "x");
    Files.createSymbolicLink(folder.resolve("link"), folder.resolve("b.txt"));

    // when
    FileTree tree = FileTree.below(folder, 100);

    // then
    assertThat(tree.files())
        .containsExactly(
            new HashedFile(
                folder.resolve("b.txt"),
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            new HashedFile(
                folder.resolve("deep/er/a.txt"),
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    assertThat(tree.truncated()).isFalse();
  }

  @Test
  void shouldReadAFolderThatIsItselfNamedTarget() throws IOException {
    write("target/a.txt", "a");
    assertThat(FileTree.below(folder.resolve("target"), 10).files()).hasSize(1);
  }

  @Test
  void shouldStopAtTheLimitAndSaySo() throws IOException {
    for (int i = 0; i < 5; i++) {
      write("f" + i, "x");
    }
    FileTree tree = FileTree.below(folder, 3);
    assertThat(tree.files()).hasSize(3);
    assertThat(tree.truncated()).isTrue();
  }

  @Test
  void shouldSayWhatToDoWhenThereIsNothingToHash() {
    assertThatThrownBy(() -> FileTree.below(folder, 3))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining(folder.toString())
        .hasMessageContaining("name another folder");
    assertThatThrownBy(() -> FileTree.below(folder.resolve("absent"), 3))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining("is not a folder");
  }

  @Test
  void shouldAcceptThePresentHashWhenAFileChangedMeanwhile() throws IOException {
    // given
    write("a", "old");
    HashedFile file = FileTree.below(folder, 1).files().get(0);

    // when
    write("a", "abc");

    // then
    assertThat(file.matches("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
        .isTrue();
    assertThat(file.matches("0".repeat(64))).isFalse();
  }

  private void write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
