package io.reefmesh.node.handler;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.base.Throwables;
import io.reefmesh.node.TaskFailedException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What goes wrong at a model endpoint, as failures of a task. The one place that decides what may
 * be tried again. No message holds the key. Immutable.
 */
final class ChatFailures {

  private static final int MAX_QUOTED_CHARACTERS = 300;

  /** What Anthropic answers where others answer 503. */
  private static final int OVERLOADED = 529;

  /** Types of errors in a stream that stand for the statuses 429 and 503. */
  private static final Set<String> NO_ROOM = Set.of("overloaded_error", "rate_limit_error");

  private static final Duration LONGEST_RETRY_AFTER = Duration.ofHours(1);

  private final URI baseUrl;
  private final Secret apiKey;
  private final EndpointSettings settings;

  ChatFailures(URI baseUrl, EndpointSettings settings) {
    this.baseUrl = baseUrl;
    this.apiKey = settings.apiKey();
    this.settings = settings;
  }

  /** The first model of a list is wanted, and there is none. */
  TaskFailedException noModel() {
    return error("lists no model: load one there, or name one with " + settings.modelNames());
  }

  /** An answer other than 200. */
  TaskFailedException status(int status, HttpHeaders headers, byte[] body) {
    String said = endpoint() + " answered HTTP " + status + quoted(body);
    return switch (status) {
      case 401, 403 -> auth(status);
      case 429, 503, OVERLOADED -> new ModelOverloadedException(said, retryAfter(headers));
      case 408 -> new TaskFailedException("MODEL_ERROR", said, true);
      default ->
          status >= 300 && status < 400
              ? new TaskFailedException(
                  "MODEL_REFUSED",
                  said + " (a redirect): check " + settings.section() + ".base-url",
                  false)
              : new TaskFailedException(
                  status >= 500 || status < 300 ? "MODEL_ERROR" : "MODEL_REFUSED",
                  said,
                  status >= 500 || status < 300);
    };
  }

  /** The connection could not be made, broke or fell silent. */
  TaskFailedException broken(IOException e) {
    return error(reason(e));
  }

  /** The endpoint does not keep to the protocol; {@code complaint} follows its name. */
  TaskFailedException error(String complaint) {
    return new TaskFailedException("MODEL_ERROR", endpoint() + " " + clean(complaint), true);
  }

  /**
   * An error that came in place of a chunk.
   *
   * @param untouched whether nothing of the answer was passed on yet
   */
  TaskFailedException inStream(JsonNode error, boolean untouched) {
    String said =
        "broke off its answer" + quoted(error.toString().getBytes(StandardCharsets.UTF_8));
    return untouched && NO_ROOM.contains(error.path("error").path("type").asText())
        ? new ModelOverloadedException(endpoint() + " " + said, Duration.ZERO)
        : error(said);
  }

  /** The answer is longer than a result may be. */
  TaskFailedException tooLarge(int limitBytes) {
    return new TaskFailedException(
        "OUTPUT_TOO_LARGE",
        "The answer is larger than "
            + limitBytes
            + " bytes ("
            + settings.section()
            + ".output-limit): ask for a shorter one, or set max_tokens",
        false);
  }

  private TaskFailedException auth(int status) {
    String advice =
        apiKey.isEmpty()
            ? " wants a key, and this node has none: set " + settings.keyNames()
            : " does not accept this node's key: check " + settings.keyNames();
    return new TaskFailedException(
        "MODEL_AUTH", endpoint() + advice + " (HTTP " + status + ")", false);
  }

  private String endpoint() {
    return "Model endpoint " + baseUrl;
  }

  /** The endpoint's own words, if they are words. */
  private String quoted(byte[] body) {
    String text = new String(body, StandardCharsets.UTF_8);
    String words = fromJson(text).orElse(text.stripLeading().startsWith("<") ? "" : text);
    return words.isBlank() ? "" : ": " + clean(words);
  }

  private static Optional<String> fromJson(String text) {
    try {
      JsonNode root = PayloadFields.JSON.readTree(text);
      JsonNode error = root.path("error");
      for (JsonNode candidate :
          new JsonNode[] {
            error.path("message"), error, root.path("message"), root.path("detail")
          }) {
        if (candidate.isTextual()) {
          return Optional.of(candidate.textValue());
        }
      }
    } catch (IOException e) {
      return Optional.empty();
    }
    return Optional.empty();
  }

  private String clean(String text) {
    String safe = apiKey.redact(text).replaceAll("\\s+", " ").replaceAll("\\p{Cntrl}", "").strip();
    return safe.length() <= MAX_QUOTED_CHARACTERS
        ? safe
        : safe.substring(0, MAX_QUOTED_CHARACTERS) + "…";
  }

  private String reason(IOException e) {
    List<Throwable> causes = Throwables.getCausalChain(e);
    for (Throwable cause : causes) {
      if (cause instanceof HttpTimeoutException) {
        return "did not answer in time: " + cause.getMessage();
      }
    }
    if (causes.stream().anyMatch(UnresolvedAddressException.class::isInstance)) {
      return "has a host name that cannot be resolved: check " + settings.section() + ".base-url";
    }
    if (causes.stream().anyMatch(ConnectException.class::isInstance)) {
      return "cannot be reached: is it running?";
    }
    Throwable root = causes.get(causes.size() - 1);
    String message = root.getMessage();
    return "broke off: " + (message == null ? root.getClass().getSimpleName() : message);
  }

  /** Seconds, or a date, which is read by the server's own clock; zero if there is none. */
  private static Duration retryAfter(HttpHeaders headers) {
    Optional<String> value = headers.firstValue("retry-after").map(String::strip);
    if (value.isEmpty()) {
      return Duration.ZERO;
    }
    Duration duration =
        value.get().matches("\\d{1,9}(\\.\\d{1,9})?")
            ? Duration.ofMillis((long) Math.ceil(Double.parseDouble(value.get()) * 1000))
            : untilDate(value.get(), headers.firstValue("date").orElse(""));
    return duration.compareTo(LONGEST_RETRY_AFTER) > 0 ? LONGEST_RETRY_AFTER : duration;
  }

  private static Duration untilDate(String then, String now) {
    try {
      Duration duration = Duration.between(httpDate(now), httpDate(then));
      return duration.isNegative() ? Duration.ZERO : duration;
    } catch (DateTimeException e) {
      return Duration.ZERO;
    }
  }

  private static Instant httpDate(String text) {
    return ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
  }
}
