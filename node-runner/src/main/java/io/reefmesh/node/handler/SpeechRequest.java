package io.reefmesh.node.handler;

import com.google.protobuf.ByteString;
import io.reefmesh.node.TaskContext;
import io.reefmesh.node.TaskFailedException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * What a {@code speech-transcription} task asks: a recording itself, or JSON with one.
 *
 * @param audio the recording
 * @param format the ending of a file of its kind, by which servers tell the kind
 * @param language what is spoken, as ISO 639-1; empty: the model finds out
 * @param prompt words that the model may expect; empty: none
 * @param model the model the payload names; empty: the node's choice
 */
record SpeechRequest(
    ByteString audio,
    String format,
    Optional<String> language,
    Optional<String> prompt,
    Optional<String> model) {

  private static final List<String> FIELDS =
      List.of("audio", "format", "language", "prompt", "model");
  private static final Pattern FORMAT = Pattern.compile("[a-z0-9]{2,5}");
  private static final Pattern LANGUAGE = Pattern.compile("[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?");
  private static final String DEFAULT_FORMAT = "wav";

  /** Where the ending is not the second half of the media type. */
  private static final Map<String, String> FORMAT_BY_SUBTYPE =
      Map.of(
          "mpeg", "mp3",
          "x-wav", "wav",
          "wave", "wav",
          "vnd.wave", "wav",
          "x-m4a", "m4a",
          "x-flac", "flac",
          "opus", "ogg");

  /** A form as HTTP sends it. */
  record Form(String contentType, ByteString body) {}

  static SpeechRequest parse(TaskContext context) throws TaskFailedException {
    String mediaType = context.contentType().split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    if (mediaType.startsWith("audio/") || mediaType.startsWith("video/")) {
      if (context.payload().isEmpty()) {
        throw PayloadFields.invalid(context.type(), "is empty: it must be a recording");
      }
      String subtype = mediaType.substring(mediaType.indexOf('/') + 1);
      String format = FORMAT_BY_SUBTYPE.getOrDefault(subtype, subtype);
      return new SpeechRequest(
          context.payload(),
          FORMAT.matcher(format).matches() ? format : DEFAULT_FORMAT,
          Optional.empty(),
          Optional.empty(),
          Optional.empty());
    }
    return fromFields(PayloadFields.parse(context.type(), context.payload(), FIELDS));
  }

  private static SpeechRequest fromFields(PayloadFields fields) throws TaskFailedException {
    String format = fields.text("format").orElse(DEFAULT_FORMAT);
    if (!FORMAT.matcher(format).matches()) {
      throw fields.invalidField("format", "it must be the ending of a file, such as wav or mp3");
    }
    Optional<String> language = fields.text("language");
    if (language.isPresent() && !LANGUAGE.matcher(language.get()).matches()) {
      throw fields.invalidField("language", "it must be a code such as en or de");
    }
    return new SpeechRequest(
        audio(fields),
        format,
        language,
        fields.text("prompt").filter(text -> !text.isBlank()),
        fields.text("model").filter(text -> !text.isBlank()));
  }

  private static ByteString audio(PayloadFields fields) throws TaskFailedException {
    try {
      byte[] audio = Base64.getMimeDecoder().decode(fields.text("audio").orElse(""));
      if (audio.length > 0) {
        return ByteString.copyFrom(audio);
      }
    } catch (IllegalArgumentException e) {
      throw fields.invalidField("audio", "it is not base64: " + e.getMessage());
    }
    throw fields.invalidField(
        "audio", "it must be a recording in base64; or send the recording itself as audio/…");
  }

  /** As multipart/form-data, asking for JSON. */
  Form form(String chosenModel) {
    String boundary = "reefmesh-" + UUID.randomUUID();
    StringBuilder head = new StringBuilder();
    field(head, boundary, "model", chosenModel);
    field(head, boundary, "response_format", "json");
    language.ifPresent(value -> field(head, boundary, "language", value));
    prompt.ifPresent(value -> field(head, boundary, "prompt", value));
    head.append("--").append(boundary).append("\r\n");
    head.append("Content-Disposition: form-data; name=\"file\"; filename=\"audio.");
    head.append(format).append("\"\r\nContent-Type: application/octet-stream\r\n\r\n");
    ByteString body =
        ByteString.copyFrom(head.toString(), StandardCharsets.UTF_8)
            .concat(audio)
            .concat(ByteString.copyFromUtf8("\r\n--" + boundary + "--\r\n"));
    return new Form("multipart/form-data; boundary=" + boundary, body);
  }

  private static void field(StringBuilder to, String boundary, String name, String value) {
    to.append("--").append(boundary).append("\r\n");
    to.append("Content-Disposition: form-data; name=\"").append(name).append("\"\r\n\r\n");
    to.append(value).append("\r\n");
  }
}
