package io.reefmesh.cli.output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;

/** Looks at JSON that a person typed before it goes anywhere. */
public final class JsonText {

  private static final int MAX_DEPTH = 100;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
          .build();

  private JsonText() {}

  /**
   * Checks that the text is one JSON value.
   *
   * @throws IllegalArgumentException naming line, column and what is wrong there
   */
  public static void check(String text) {
    try (JsonParser parser = FACTORY.createParser(text)) {
      if (parser.nextToken() == null) {
        throw new IllegalArgumentException("it is empty; a JSON value is needed, such as {} or 1");
      }
      parser.skipChildren();
      if (parser.nextToken() != null) {
        throw new IllegalArgumentException(
            at(parser.currentTokenLocation()) + "more text after the end of the JSON value");
      }
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(at(e.getLocation()) + firstSentence(e), e);
    } catch (IOException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private static String at(com.fasterxml.jackson.core.JsonLocation location) {
    return location == null
        ? ""
        : "line " + location.getLineNr() + ", column " + location.getColumnNr() + ": ";
  }

  /** Without the parser's own note of the place, which names its input "REDACTED". */
  private static String firstSentence(JsonProcessingException e) {
    String message = e.getOriginalMessage();
    int note = message.indexOf(" (start marker at");
    return (note < 0 ? message : message.substring(0, note)).replaceAll("\\s+", " ");
  }
}
