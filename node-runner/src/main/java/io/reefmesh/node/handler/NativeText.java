package io.reefmesh.node.handler;

import java.io.IOException;
import java.nio.charset.Charset;
import java.util.Collection;
import java.util.Map;

/**
 * Text on its way to the operating system. Java turns what the locale cannot express into question
 * marks without a word, so that a program would work on the wrong file: better to refuse.
 */
final class NativeText {

  /** Since this version Java no longer takes its default charset from the locale. */
  private static final int SEPARATE_NATIVE_CHARSET = 18;

  private NativeText() {}

  /** What this process writes arguments and variables in. */
  static Charset charset() {
    return Runtime.version().feature() < SEPARATE_NATIVE_CHARSET
        ? Charset.defaultCharset()
        : Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
  }

  /**
   * Fails if something would get lost.
   *
   * @throws IOException naming what, and what to do
   */
  static void requireWhole(
      Collection<String> arguments, Map<String, String> variables, Charset charset)
      throws IOException {
    for (String argument : arguments) {
      requireWhole("the argument " + PayloadFields.shortened(argument), argument, charset);
    }
    for (Map.Entry<String, String> variable : variables.entrySet()) {
      requireWhole("the variable " + variable.getKey(), variable.getValue(), charset);
    }
  }

  private static void requireWhole(String what, String text, Charset charset) throws IOException {
    if (!charset.newEncoder().canEncode(text)) {
      throw new IOException(
          what
              + " cannot be passed on under this node's locale ("
              + charset.name()
              + "): start the node with LC_ALL=C.UTF-8");
    }
  }
}
