package io.reefmesh.gateway.door;

import static org.assertj.core.api.Assertions.assertThat;

import io.reefmesh.balancer.TaskId;
import io.reefmesh.v1.ListNodesRequest;
import io.reefmesh.v1.ListTasksRequest;
import io.reefmesh.v1.RetryTasksRequest;
import io.reefmesh.v1.TaskFilter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PageTokensTest {

  private static final TaskFilter FILTER =
      TaskFilter.newBuilder().setType("ping").putLabels("a", "1").putLabels("b", "2").build();
  private static final TaskId BEFORE = TaskId.parse("01h00000000z0");

  @Test
  void shouldGoOnWhereThePageEndedWhenTheFilterIsTheSame() {
    String token = PageTokens.tasks("p", FILTER, BEFORE);
    TaskFilter same =
        TaskFilter.newBuilder().putLabels("b", "2").putLabels("a", "1").setType("ping").build();

    assertThat(PageTokens.readTasks("p", tasks(same, token))).contains(BEFORE);
    assertThat(PageTokens.readTasks("p", tasks(FILTER, ""))).isEmpty();
    assertThat(token).hasSizeLessThan(40).matches("[A-Za-z0-9_-]+");
  }

  @Test
  void shouldKeepBothEndsOfATokenForRetriesAndRefuseItElsewhere() {
    PageTokens.Upwards at = new PageTokens.Upwards(BEFORE, new TaskId(BEFORE.value() + 7));
    String token = PageTokens.retries("p", FILTER, at);
    RetryTasksRequest request =
        RetryTasksRequest.newBuilder().setFilter(FILTER).setPageToken(token).build();

    assertThat(PageTokens.readRetries("p", request)).contains(at);
    assertThat(PageTokens.readRetries("p", RetryTasksRequest.getDefaultInstance())).isEmpty();
    assertRefused(() -> PageTokens.readRetries("q", request));
    assertRefused(() -> PageTokens.readTasks("p", tasks(FILTER, token)));
    String ofAList = PageTokens.tasks("p", FILTER, BEFORE);
    assertRefused(
        () -> PageTokens.readRetries("p", request.toBuilder().setPageToken(ofAList).build()));
  }

  @Test
  void shouldRefuseTheTokenWhenProjectOrFilterDiffer() {
    String token = PageTokens.tasks("p", FILTER, BEFORE);
    TaskFilter other = FILTER.toBuilder().putLabels("a", "2").build();

    assertRefused(() -> PageTokens.readTasks("q", tasks(FILTER, token)));
    assertRefused(() -> PageTokens.readTasks("p", tasks(other, token)));
    assertRefused(
        () -> PageTokens.readNodes(ListNodesRequest.newBuilder().setPageToken(token).build()));
  }

  @Test
  void shouldRefuseTheTokenWhenAnyCharacterWasChanged() {
    String token = PageTokens.tasks("p", FILTER, BEFORE);

    for (int i = 0; i < token.length(); i++) {
      char other = token.charAt(i) == 'A' ? 'B' : 'A';
      String changed = token.substring(0, i) + other + token.substring(i + 1);
      assertRefused(() -> PageTokens.readTasks("p", tasks(FILTER, changed)));
      String cut = token.substring(0, i);
      if (!cut.isEmpty()) {
        assertRefused(() -> PageTokens.readTasks("p", tasks(FILTER, cut)));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "!!!!", "01h00000000z0", "AAAAAAAAAAAAAAAAAAAAAA", " "})
  void shouldNameTheFieldWhenATokenIsMadeUp(String token) {
    assertRefused(() -> PageTokens.readTasks("p", tasks(FILTER, token)));
    assertRefused(
        () -> PageTokens.readNodes(ListNodesRequest.newBuilder().setPageToken(token).build()));
  }

  @Test
  void shouldGoOnBehindTheNodeWhenTheFilterIsTheSame() {
    ListNodesRequest first =
        ListNodesRequest.newBuilder().addCapabilities("llm").setPageSize(10).build();
    String token = PageTokens.nodes(first, "node-10");
    ListNodesRequest second = first.toBuilder().setPageSize(20).setPageToken(token).build();

    assertThat(PageTokens.readNodes(second)).contains("node-10");
    assertThat(PageTokens.readNodes(first)).isEmpty();
    assertRefused(() -> PageTokens.readNodes(second.toBuilder().clearCapabilities().build()));
  }

  private static ListTasksRequest tasks(TaskFilter filter, String token) {
    return ListTasksRequest.newBuilder().setFilter(filter).setPageToken(token).build();
  }

  private static void assertRefused(Runnable read) {
    assertThat(StatusDetails.ofThrown(read::run).fields()).containsExactly("page_token");
  }
}
