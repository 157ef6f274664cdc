package io.reefmesh.node.handler;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.google.protobuf.ByteString;
import io.reefmesh.node.TaskContext;
import io.reefmesh.node.TaskFailedException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** What an {@code image-analysis} task asks: a picture itself, or JSON with pictures. Stateless. */
final class ImageQuestion {

  private static final List<String> FIELDS =
      List.of("image", "images", "prompt", "system", "model", "max_tokens");
  private static final String DEFAULT_PROMPT = "Describe this image.";

  /** What the pickiest of the known endpoints takes. */
  private static final int MAX_IMAGES = 8;

  private static final int MAX_TOKENS = 10_000_000;
  private static final Pattern DATA_URL =
      Pattern.compile("data:image/[a-z0-9.+-]+;base64,[A-Za-z0-9+/=]+");
  private static final Pattern WEB_URL = Pattern.compile("https?://\\S+");
  private static final String NEED =
      "it must be a picture in base64 (PNG, JPEG, GIF or WebP), a data: URL or an address";

  private ImageQuestion() {}

  static ChatRequest parse(TaskContext context) throws TaskFailedException {
    String mediaType = mediaType(context.contentType());
    boolean raw = mediaType.startsWith("image/");
    Optional<String> sniffed = raw ? Optional.empty() : kindOf(context.payload());
    if (raw || sniffed.isPresent()) {
      if (context.payload().isEmpty()) {
        throw PayloadFields.invalid(context.type(), "is empty: it must be a picture");
      }
      String url = dataUrl(sniffed.orElse(mediaType), context.payload());
      return request(
          ChatRequest.withHistory(context, Optional.empty()),
          DEFAULT_PROMPT,
          List.of(url),
          Optional.empty(),
          OptionalInt.empty());
    }
    PayloadFields fields = PayloadFields.parse(context.type(), context.payload(), FIELDS);
    return request(
        ChatRequest.withHistory(context, fields.text("system")),
        fields.text("prompt").filter(text -> !text.isBlank()).orElse(DEFAULT_PROMPT),
        images(fields, context.type()),
        fields.text("model").filter(name -> !name.isBlank()),
        fields.wholeNumber("max_tokens", 1, MAX_TOKENS));
  }

  private static ChatRequest request(
      ArrayNode messages,
      String prompt,
      List<String> urls,
      Optional<String> model,
      OptionalInt maxTokens) {
    ArrayNode parts = JsonNodeFactory.instance.arrayNode();
    parts.addObject().put("type", "text").put("text", prompt);
    for (String url : urls) {
      parts.addObject().put("type", "image_url").putObject("image_url").put("url", url);
    }
    messages.addObject().put("role", "user").set("content", parts);
    return new ChatRequest(messages, model, Optional.empty(), maxTokens);
  }

  private static List<String> images(PayloadFields fields, String type) throws TaskFailedException {
    if (fields.has("image") == fields.has("images")) {
      throw PayloadFields.invalid(type, "needs exactly one of image and images, or is a picture");
    }
    Optional<List<String>> several = fields.texts("images");
    List<String> given =
        several.isPresent() ? several.get() : List.of(fields.text("image").orElse(""));
    if (given.isEmpty() || given.size() > MAX_IMAGES) {
      throw fields.invalidField("images", "it must have 1 to " + MAX_IMAGES + " pictures");
    }
    List<String> urls = new ArrayList<>();
    for (String image : given) {
      String path = several.isPresent() ? "images[" + urls.size() + "]" : "image";
      urls.add(url(image).orElseThrow(() -> fields.invalidField(path, NEED)));
    }
    return urls;
  }

  private static Optional<String> url(String image) {
    if (image.startsWith("data:")) {
      return Optional.of(image).filter(text -> DATA_URL.matcher(text).matches());
    }
    if (WEB_URL.matcher(image).matches()) {
      return Optional.of(image);
    }
    try {
      ByteString bytes = ByteString.copyFrom(Base64.getMimeDecoder().decode(image));
      return kindOf(bytes).map(kind -> dataUrl(kind, bytes));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static String dataUrl(String mediaType, ByteString bytes) {
    return "data:"
        + mediaType
        + ";base64,"
        + Base64.getEncoder().encodeToString(bytes.toByteArray());
  }

  /** By the first bytes, which every picture of these kinds has. */
  private static Optional<String> kindOf(ByteString bytes) {
    String head =
        bytes
            .substring(0, Math.min(12, bytes.size()))
            .toString(java.nio.charset.StandardCharsets.ISO_8859_1);
    if (head.startsWith("\u0089PNG\r\n")) {
      return Optional.of("image/png");
    }
    if (head.startsWith("\u00ff\u00d8\u00ff")) {
      return Optional.of("image/jpeg");
    }
    if (head.startsWith("GIF8")) {
      return Optional.of("image/gif");
    }
    return head.startsWith("RIFF") && head.endsWith("WEBP")
        ? Optional.of("image/webp")
        : Optional.empty();
  }

  private static String mediaType(String contentType) {
    return contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
  }
}
