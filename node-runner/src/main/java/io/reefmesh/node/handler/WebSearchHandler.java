package io.reefmesh.node.handler;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.reefmesh.node.HandlerUnavailableException;
import io.reefmesh.node.TaskContext;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskHandler;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.node.TaskRefusedException;
import io.reefmesh.node.handler.HandlerSettings.WebSettings;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Searches the web by an endpoint that speaks as SearXNG does, and fetches pages as text. {@code
 * {"query":"…","limit":5}} gives {@code {"results":[{"title","url","snippet"}]}}; {@code
 * {"url":"https://…"}} gives {@code {"url","status","title","text"}}.
 */
final class WebSearchHandler implements TaskHandler {

  private static final List<String> FIELDS = List.of("query", "limit", "language", "url");
  private static final Pattern LANGUAGE = Pattern.compile("[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?");
  private static final Pattern CHARSET = Pattern.compile("charset=\"?([A-Za-z0-9_.:-]+)");
  private static final int MAX_QUERY = 1000;
  private static final int MAX_RESULTS = 50;
  private static final int DEFAULT_RESULTS = 10;
  private static final int MAX_SNIPPET = 1000;

  private final ChatEndpoint endpoint;
  private final PageFetcher pages;

  WebSearchHandler(WebSettings settings, URI searchUrl, PageFetcher pages) {
    this.pages = pages;
    this.endpoint = new ChatEndpoint(searchUrl, settings.endpoint());
  }

  @Override
  public String type() {
    return "web-search";
  }

  @Override
  public Set<String> capabilities() {
    return Set.of("web");
  }

  @Override
  public void start() throws HandlerUnavailableException {
    endpoint.start(calls -> endpoint.requireAnswer(calls, "/", ModelTurns.START_CHECK));
  }

  @Override
  public TaskOutput handle(TaskContext context)
      throws TaskFailedException, TaskRefusedException, InterruptedException {
    PayloadFields fields = PayloadFields.parse(type(), context.payload(), FIELDS);
    if (fields.has("query") == fields.has("url")) {
      throw PayloadFields.invalid(type(), "needs exactly one of query and url");
    }
    return fields.has("query") ? search(fields, context) : page(fields, context);
  }

  private TaskOutput search(PayloadFields fields, TaskContext context)
      throws TaskFailedException, TaskRefusedException, InterruptedException {
    String query = fields.text("query").orElse("");
    if (query.isBlank() || query.length() > MAX_QUERY) {
      throw fields.invalidField("query", "it must have 1 to " + MAX_QUERY + " characters");
    }
    String language = fields.text("language").orElse("");
    if (!language.isEmpty() && !LANGUAGE.matcher(language).matches()) {
      throw fields.invalidField("language", "it must be a code such as en or de");
    }
    int limit = fields.wholeNumber("limit", 1, MAX_RESULTS).orElse(DEFAULT_RESULTS);
    String path =
        "/search?format=json&q="
            + URLEncoder.encode(query, StandardCharsets.UTF_8)
            + (language.isEmpty() ? "" : "&language=" + language);
    JsonNode answer;
    try {
      answer =
          endpoint.during(
              context, calls -> endpoint.getJson(calls, path, ChatEndpoint.MAX_BODY_BYTES));
    } catch (ModelOverloadedException e) {
      throw new TaskRefusedException(
          String.valueOf(e.getMessage()),
          e.retryAfter().isZero() ? ModelCooldowns.FIRST : e.retryAfter(),
          TaskRefusedException.Scope.TYPE);
    }
    return TaskOutput.json(results(answer, limit).toString());
  }

  private ObjectNode results(JsonNode answer, int limit) throws TaskFailedException {
    JsonNode found = answer.path("results");
    if (!found.isArray()) {
      throw endpoint.failures().error("gave an answer without results");
    }
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode results = json.putArray("results");
    for (JsonNode result : found) {
      if (results.size() == limit) {
        break;
      }
      results
          .addObject()
          .put("title", cut(result.path("title").asText("")))
          .put("url", cut(result.path("url").asText("")))
          .put("snippet", cut(result.path("content").asText("")));
    }
    return json;
  }

  private static String cut(String text) {
    return io.reefmesh.node.work.HandlerFailures.cut(text, MAX_SNIPPET);
  }

  private TaskOutput page(PayloadFields fields, TaskContext context)
      throws TaskFailedException, InterruptedException {
    if (fields.has("limit") || fields.has("language")) {
      throw PayloadFields.invalid(type(), "has limit or language, which do not go with url");
    }
    RawPage page;
    try {
      page = pages.fetch(fields.text("url").orElse(""), context::onCancel);
    } catch (TaskFailedException e) {
      if (context.isCancelled()) {
        throw new InterruptedException("cancelled");
      }
      throw e;
    }
    return TaskOutput.json(text(page).toString());
  }

  private ObjectNode text(RawPage page) throws TaskFailedException {
    String type = page.headers().getOrDefault("content-type", "text/html").toLowerCase(Locale.ROOT);
    boolean html = type.contains("html");
    if (!html && !type.startsWith("text/") && !type.contains("json") && !type.contains("xml")) {
      throw new TaskFailedException(
          "PAGE_REFUSED",
          "Page "
              + PayloadFields.shortened(page.uri().toString())
              + " is no text but "
              + PayloadFields.shortened(type),
          false);
    }
    String source = page.body().toString(charset(type));
    String text = html ? PageText.of(source) : source;
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("url", page.uri().toString())
            .put("status", page.status())
            .put("title", html ? cut(PageText.title(source)) : "")
            .put("text", text);
    return page.truncated() ? json.put("truncated", true) : json;
  }

  private static Charset charset(String contentType) {
    Matcher named = CHARSET.matcher(contentType);
    try {
      return named.find() ? Charset.forName(named.group(1)) : StandardCharsets.UTF_8;
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      return StandardCharsets.UTF_8;
    }
  }
}
