package io.reefmesh.cli;

import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How a command prints what it found. */
final class OutputOptions {

  /** For whom. */
  enum Format {
    TEXT,
    JSON
  }

  /** Reads the word in small letters. */
  static final class FormatConverter implements ITypeConverter<Format> {
    @Override
    public Format convert(String word) {
      return switch (word.toLowerCase(Locale.ROOT)) {
        case "text" -> Format.TEXT;
        case "json" -> Format.JSON;
        default -> throw new TypeConversionException("\"" + word + "\" is neither text nor json");
      };
    }
  }

  /** For commands whose {@code --json} means something else. */
  static class Plain {
    @Option(
        names = {"-o", "--output"},
        paramLabel = "FORMAT",
        converter = FormatConverter.class,
        description = "text for people (default), or json: one object per line.")
    Format format = Format.TEXT;

    boolean json() {
      return format == Format.JSON;
    }
  }

  /** For all other commands. */
  static final class WithFlag extends Plain {
    @Option(names = "--json", description = "The same as --output json.")
    boolean flag;

    @Override
    boolean json() {
      return flag || super.json();
    }
  }

  private OutputOptions() {}
}
