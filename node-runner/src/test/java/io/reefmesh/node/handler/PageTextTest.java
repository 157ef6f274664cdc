package io.reefmesh.node.handler;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PageTextTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "<p>a</p><p>b</p>                          | a~b",
        "a <b>bold</b>&amp;<i>x</i>                | a bold&x",
        "x<script>if (a < b) { </script>y          | xy",
        "x<SCRIPT src=a>1</ScRiPt >y               | xy",
        "x<!-- <p>hidden -->y                      | xy",
        "<head><title>T</title></head><body>b      | b",
        "<head><title>T<body>b                     | b",
        "1 &lt; 2 &#65;&#x42; &unknown; & &#0; &#xd800; z | 1 < 2 AB &unknown; & &#xd800; z",
        "a < b                                     | a < b",
        "a <unclosed                               | a",
        "x<script>never closed                     | x",
        "<ul><li>1<li>2</ul>                       | 1~2",
        "a<br/>b                                   | a~b",
      })
  void shouldGiveTheWords(String html, String text) {
    assertThat(PageText.of(html)).isEqualTo(text.replace('~', '\n'));
  }

  @Test
  void shouldFindTheTitle() {
    assertThat(PageText.title("<html><HEAD><title lang=en> A &amp; B </TITLE>")).isEqualTo("A & B");
    assertThat(PageText.title("<p>none")).isEmpty();
  }
}
