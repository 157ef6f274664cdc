package io.reefmesh.node.handler;

import com.fasterxml.jackson.databind.JsonNode;
import io.reefmesh.node.TaskFailedException;
import java.net.http.HttpRequest;

/** How one family of endpoints words a question and its answer. Stateless. */
sealed interface ChatDialect permits OpenAiDialect, AnthropicDialect {

  /** The dialect of an endpoint's language. */
  static ChatDialect of(EndpointSettings.Api api) {
    return switch (api) {
      case OPENAI -> new OpenAiDialect();
      case ANTHROPIC -> new AnthropicDialect();
    };
  }

  /** Where questions go, below the base address. */
  String chatPath(String basePath);

  /** Where models are listed, below the base address. */
  String modelsPath(String basePath);

  /** Adds the key, which is not empty. */
  void authorize(HttpRequest.Builder request, Secret key);

  /** Adds headers that every call needs. */
  default void addHeaders(HttpRequest.Builder request) {}

  /**
   * The body of a call that asks for a stream.
   *
   * @param includeUsage whether to ask for token counts, where that is an option
   * @throws TaskFailedException if the question cannot be put in this dialect
   */
  String body(ChatRequest request, String model, boolean includeUsage) throws TaskFailedException;

  /** Whether token counts are an option that some servers do not know. */
  boolean hasUsageOption();

  /** Whether an event's data is no JSON but marks the end. */
  boolean isEndMark(String data);

  /** Takes an event of a stream; gives the text it adds. */
  String add(ChatAnswer answer, JsonNode event);

  /** Takes an answer that came in one piece; gives its text. */
  String addWhole(ChatAnswer answer, JsonNode whole);
}
