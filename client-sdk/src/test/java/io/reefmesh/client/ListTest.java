package io.reefmesh.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reefmesh.v1.ListTasksRequest;
import io.reefmesh.v1.ListTasksResponse;
import io.reefmesh.v1.PayloadForm;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskFilter;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ListTest {

  private static final TaskFilter FAILED_PINGS = TaskFilter.newBuilder().setType("ping").build();

  private final InProcessMesh mesh = new InProcessMesh();
  private final MeshClient client = mesh.client();

  @AfterEach
  void close() throws InterruptedException {
    mesh.close();
  }

  @Test
  void shouldGiveOnePageWhenAskedForOne() {
    page("next", "a", "b");

    TaskPage page = client.list(FAILED_PINGS, 2, "token");

    assertThat(page.tasks()).extracting(Task::getId).containsExactly("a", "b");
    assertThat(page.nextPageToken()).isEqualTo("next");
    ListTasksRequest request = mesh.tasks.lists.get(0);
    assertThat(request.getFilter()).isEqualTo(FAILED_PINGS);
    assertThat(request.getPageSize()).isEqualTo(2);
    assertThat(request.getPageToken()).isEqualTo("token");
    assertThat(request.getPayloadForm()).isEqualTo(PayloadForm.PAYLOAD_FORM_DATA);
  }

  @Test
  void shouldFetchPagesOnlyWhenTheyAreReached() {
    // given
    page("2", "a", "b");
    page("3");
    page("", "c");

    // when
    Iterable<Task> all = client.listAll(FAILED_PINGS);
    assertThat(mesh.tasks.lists).isEmpty();
    Iterator<Task> tasks = all.iterator();
    List<String> ids = new ArrayList<>(List.of(tasks.next().getId(), tasks.next().getId()));
    assertThat(mesh.tasks.lists).hasSize(1);
    tasks.forEachRemaining(task -> ids.add(task.getId()));

    // then: the empty page in the middle is passed over
    assertThat(ids).containsExactly("a", "b", "c");
    assertThat(mesh.tasks.lists)
        .extracting(ListTasksRequest::getPageToken)
        .containsExactly("", "2", "3");
    assertThat(mesh.tasks.lists).allMatch(request -> request.getFilter().equals(FAILED_PINGS));
    assertThatThrownBy(tasks::next).isInstanceOf(NoSuchElementException.class);
  }

  @Test
  void shouldStopWhenTheGatewayGivesTheSameTokenAgain() {
    page("same", "a");
    page("same", "b");

    assertThatThrownBy(() -> client.listAll(FAILED_PINGS).forEach(task -> {}))
        .isInstanceOf(MeshException.class)
        .hasMessageContaining("token twice");
  }

  @Test
  void shouldAskForPayloadsWhenTheRequestSaysSo() {
    page("");

    client.list(ListTasksRequest.newBuilder().setIncludePayloads(true).build());

    assertThat(mesh.tasks.lists.get(0).getIncludePayloads()).isTrue();
  }

  private void page(String nextToken, String... ids) {
    ListTasksResponse.Builder page = ListTasksResponse.newBuilder().setNextPageToken(nextToken);
    for (String id : ids) {
      page.addTasks(Task.newBuilder().setId(id));
    }
    mesh.tasks.pages.add(page.build());
  }
}
