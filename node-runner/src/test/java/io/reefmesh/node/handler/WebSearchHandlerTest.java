package io.reefmesh.node.handler;

import static io.reefmesh.node.handler.ScriptedEndpoint.status;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskRefusedException;
import io.reefmesh.node.handler.HandlerSettings.WebSettings;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages come from a real server on this machine, which the tests declare to be public or not. */
@Timeout(60)
final class WebSearchHandlerTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LIMIT = 4 << 10;
  private static final byte[] PUBLIC = {8, 8, 8, 8};

  private final ScriptedEndpoint endpoint;
  private final Deque<InetAddress[]> lookups = new ArrayDeque<>();
  private Predicate<InetSocketAddress> allowed = address -> true;
  private Duration timeout = Endpoints.PATIENCE;

  WebSearchHandlerTest() throws Exception {
    endpoint = new ScriptedEndpoint();
  }

  @AfterEach
  void stopEndpoint() {
    endpoint.close();
  }

  @Test
  void shouldSearch() throws Exception {
    endpoint.on(
        "search",
        status(
            200,
            "{\"results\":[{\"title\":\"T1\",\"url\":\"https://a\",\"content\":\"C1\",\"x\":1},"
                + "{\"title\":\"T2\",\"url\":\"https://b\",\"content\":null},{\"title\":\"T3\"}]}"));

    JsonNode found = done("{\"query\":\"coral & reef\",\"limit\":2,\"language\":\"en\"}");

    assertThat(found.toString())
        .isEqualTo(
            "{\"results\":[{\"title\":\"T1\",\"url\":\"https://a\",\"snippet\":\"C1\"},"
                + "{\"title\":\"T2\",\"url\":\"https://b\",\"snippet\":\"\"}]}");
    assertThat(endpoint.calls("search")).hasSize(1);
  }

  @Test
  void shouldHandTheTypeBackWhenTheEndpointHasNoRoom() throws Exception {
    endpoint.on("search", status(429, "", "Retry-After", "7"));

    Throwable thrown = thrown("{\"query\":\"a\"}");

    assertThat(thrown).isInstanceOf(TaskRefusedException.class);
    assertThat(((TaskRefusedException) thrown).retryAfter()).isEqualTo(Duration.ofSeconds(7));
  }

  @Test
  void shouldFailRetryablyWhenTheAnswerHasNoResults() throws Exception {
    endpoint.on("search", status(200, "{}"));

    assertThat(failure("{\"query\":\"a\"}").code()).isEqualTo("MODEL_ERROR");
  }

  @Test
  void shouldFetchAPageAsText() throws Exception {
    endpoint.on(
        "page",
        status(
            200,
            "<title>Reef</title><p>Hello <b>sea</b></p><script>x()</script>",
            "Content-Type",
            "text/html; charset=utf-8"));

    JsonNode page = done(fetch("page"));

    assertThat(page.path("title").asText()).isEqualTo("Reef");
    assertThat(page.path("text").asText()).isEqualTo("Reef\nHello sea");
    assertThat(page.path("status").asInt()).isEqualTo(200);
    assertThat(endpoint.calls("page").get(0).headers())
        .doesNotContainKeys("authorization", "cookie")
        .containsEntry("host", "site.example:" + port());
  }

  @Test
  void shouldReadChunksAndOtherCharsets() throws Exception {
    endpoint.on(
        "page",
        exchange -> {
          exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=ISO-8859-1");
          exchange.sendResponseHeaders(200, 0);
          OutputStream out = exchange.getResponseBody();
          out.write("caf".getBytes(StandardCharsets.UTF_8));
          out.flush();
          out.write(0xe9);
        });

    assertThat(done(fetch("page")).path("text").asText()).isEqualTo("caf\u00e9");
  }

  @Test
  void shouldCutWhatIsTooLong() throws Exception {
    endpoint.on("page", status(200, "x".repeat(10_000_000), "Content-Type", "text/plain"));

    JsonNode page = done(fetch("page"));

    assertThat(page.path("text").asText()).hasSize(LIMIT);
    assertThat(page.path("truncated").asBoolean()).isTrue();
  }

  @Test
  void shouldFollowRedirectsButNotForEver() throws Exception {
    endpoint.on("page", status(302, "", "Location", "/v1/next?a=b c"));
    endpoint.on("next", status(200, "there", "Content-Type", "text/plain"));
    endpoint.on("loop", status(301, "", "Location", "loop"));

    assertThat(done(fetch("page")).path("text").asText()).isEqualTo("there");
    assertThat(failure(fetch("loop"))).hasMessageContaining("redirects more than 5 times");
    assertThat(endpoint.calls("loop")).hasSize(6);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.0.0.1:@/v1/page",
        "http://localhost:@/v1/page",
        "http://[::1]:@/v1/page",
        "http://0x7f.1:@/v1/page",
        "http://2130706433:@/v1/page",
        "http://169.254.169.254/latest/meta-data",
        "http://8.8.8.8:22/",
        "ftp://site.example/",
        "file:///etc/passwd",
        "http://user:pw@site.example/",
        "javascript:alert(1)",
        "",
      })
  void shouldCallNoPrivateAddress(String url) throws Exception {
    endpoint.on("page", status(200, "secret", "Content-Type", "text/plain"));
    WebSearchHandler handler = handler(PageFetcher.ofPublicPages(Duration.ofSeconds(5), LIMIT));

    Throwable thrown =
        RunningAttempt.begin(
                handler,
                RecordingContext.json(
                    "web-search",
                    JSON.createObjectNode()
                        .put("url", url.replace("@/v1", port() + "/v1"))
                        .toString()))
            .failure();

    assertThat(thrown).isInstanceOf(TaskFailedException.class);
    assertThat(((TaskFailedException) thrown).code()).isIn("PAGE_REFUSED", "PAGE_ERROR");
    assertThat(endpoint.calls("page")).isEmpty();
  }

  @Test
  void shouldNotBeRedirectedToAPrivateAddress() throws Exception {
    // given
    allowed = address -> address.getHostString().equals("site.example") || !isInner(address);
    endpoint.on("page", status(302, "", "Location", "http://inner.example:" + port() + "/v1/in"));
    endpoint.on("in", status(200, "secret", "Content-Type", "text/plain"));

    // when
    TaskFailedException failure = failure(fetch("page"));

    // then
    assertThat(failure.code()).isEqualTo("PAGE_REFUSED");
    assertThat(failure).hasMessageContaining("is not at an address and port of the public web");
    assertThat(endpoint.calls("in")).isEmpty();
  }

  @Test
  void shouldRefuseANameWithOnePrivateAddressAmongPublicOnes() throws Exception {
    allowed = address -> PublicAddress.isPublic(address.getAddress());
    lookups.add(
        new InetAddress[] {
          InetAddress.getByAddress("site.example", PUBLIC), InetAddress.getLoopbackAddress()
        });

    assertThat(failure(fetch("page")).code()).isEqualTo("PAGE_REFUSED");
  }

  @Test
  void shouldLookANameUpOnceForACheckAndACall() throws Exception {
    // The second answer would be another address: it must never be asked for.
    lookups.add(
        new InetAddress[] {InetAddress.getByAddress("site.example", new byte[] {127, 0, 0, 1})});
    lookups.add(
        new InetAddress[] {InetAddress.getByAddress("site.example", new byte[] {10, 0, 0, 1})});
    endpoint.on("page", status(200, "ok", "Content-Type", "text/plain"));

    assertThat(done(fetch("page")).path("text").asText()).isEqualTo("ok");
    assertThat(lookups).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({"image/png,is no text", "application/octet-stream,is no text"})
  void shouldRefuseWhatIsNoText(String type, String complaint) throws Exception {
    endpoint.on("page", status(200, "x", "Content-Type", type));

    assertThat(failure(fetch("page"))).hasMessageContaining(complaint);
  }

  @Test
  void shouldGiveUpWhenThePageHangs() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    endpoint.on("page", exchange -> await(over));
    timeout = Duration.ofMillis(300);

    TaskFailedException failure = failure(fetch("page"));

    over.countDown();
    assertThat(failure.code()).isEqualTo("PAGE_ERROR");
    assertThat(failure.retryable()).isTrue();
  }

  @Test
  void shouldCloseTheCallWhenCancelled() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);
    endpoint.on(
        "page",
        exchange -> {
          asked.countDown();
          await(over);
        });
    RecordingContext context = RecordingContext.json("web-search", fetch("page"));
    RunningAttempt attempt = RunningAttempt.begin(handler(pages()), context);
    await(asked);

    context.cancel();

    assertThat(attempt.failure()).isInstanceOf(InterruptedException.class);
    over.countDown();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{}                                          | exactly one of query and url",
        "{\"query\":\"a\",\"url\":\"http://a\"}      | exactly one of query and url",
        "{\"query\":\" \"}                           | query: it must have",
        "{\"query\":\"a\",\"language\":\"e&x=1\"}    | language: it must be a code",
        "{\"url\":\"http://a\",\"limit\":3}          | do not go with url",
      })
  void shouldRefuseThePayloadWhenItIsNotAsDocumented(String payload, String complaint)
      throws Exception {
    TaskFailedException failure = failure(payload);

    assertThat(failure.code()).isEqualTo("INVALID_PAYLOAD");
    assertThat(failure).hasMessageContaining(complaint);
  }

  private static boolean isInner(InetSocketAddress address) {
    return address.getAddress().getHostName().equals("inner.example");
  }

  private InetAddress[] resolve(String host) throws UnknownHostException {
    InetAddress[] scripted = lookups.poll();
    return scripted != null
        ? scripted
        : new InetAddress[] {InetAddress.getByAddress(host, new byte[] {127, 0, 0, 1})};
  }

  private PageFetcher pages() {
    return new PageFetcher(this::resolve, allowed, timeout, LIMIT, System::nanoTime);
  }

  private WebSearchHandler handler(PageFetcher pages) throws Exception {
    URI url = endpoint.baseUrl();
    WebSearchHandler handler =
        new WebSearchHandler(new WebSettings(Endpoints.openAi(url, Secret.NONE, "")), url, pages);
    handler.start();
    return handler;
  }

  private int port() {
    return endpoint.baseUrl().getPort();
  }

  private String fetch(String path) {
    return "{\"url\":\"http://site.example:" + port() + "/v1/" + path + "\"}";
  }

  private JsonNode done(String payload) throws Exception {
    return JSON.readTree(
        handler(pages())
            .handle(RecordingContext.json("web-search", payload))
            .payload()
            .toByteArray());
  }

  private Throwable thrown(String payload) throws Exception {
    return RunningAttempt.begin(handler(pages()), RecordingContext.json("web-search", payload))
        .failure();
  }

  private TaskFailedException failure(String payload) throws Exception {
    Throwable failure = thrown(payload);
    assertThat(List.of(failure)).hasOnlyElementsOfType(TaskFailedException.class);
    return (TaskFailedException) failure;
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("waited in vain");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
