package io.reefmesh.simulation.mutants;

import com.google.common.base.Splitter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * The whole of our code once more, with one mutant's changes compiled in. What it changes must be
 * there to be changed: a bug that was not planted would prove nothing.
 */
final class PatchedCode {

  /** Generated and never changed: shared with everyone, so that it is loaded and warmed once. */
  private static final String SHARED = "io.reefmesh.v1.";

  private static final String OURS = "io.reefmesh.";

  private PatchedCode() {}

  /** The sources after the change, by file. */
  static Map<String, String> sources(Path root, Mutant mutant) {
    Map<String, String> sources = new LinkedHashMap<>();
    for (Mutant.Patch patch : mutant.patches()) {
      String text = sources.computeIfAbsent(patch.file(), file -> read(root.resolve(file)));
      sources.put(patch.file(), patched(mutant, patch, text));
    }
    if (sources.isEmpty()) {
      throw new IllegalStateException(mutant + " changes nothing");
    }
    return sources;
  }

  private static String patched(Mutant mutant, Mutant.Patch patch, String text) {
    List<String> words = new ArrayList<>();
    for (String word : Splitter.onPattern("\\s+").split(patch.from().strip())) {
      words.add(Pattern.quote(word));
    }
    Matcher matcher = Pattern.compile(String.join("\\s+", words)).matcher(text);
    if (!matcher.find()) {
      throw new IllegalStateException(
          mutant + " cannot be planted: " + patch.file() + " has no longer: " + patch.from());
    }
    int start = matcher.start();
    int end = matcher.end();
    if (matcher.find()) {
      throw new IllegalStateException(
          mutant + " cannot be planted: " + patch.file() + " has more than once: " + patch.from());
    }
    return text.substring(0, start) + patch.to() + text.substring(end);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException("a mutant changes a file that is not there: " + file, e);
    }
  }

  /** Compiles the change and gives a loader of all our classes in which it is made. */
  static ClassLoader load(Path root, Mutant mutant) {
    Map<String, byte[]> classes = compile(mutant, sources(root, mutant));
    return new Loader(PatchedCode.class.getClassLoader(), classes);
  }

  private static Map<String, byte[]> compile(Mutant mutant, Map<String, String> sources) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new IllegalStateException("planting bugs needs a JDK: this Java has no compiler");
    }
    List<JavaFileObject> units = new ArrayList<>();
    sources.forEach((file, text) -> units.add(new Source(file, text)));
    DiagnosticCollector<JavaFileObject> said = new DiagnosticCollector<>();
    try (StandardJavaFileManager standard =
        compiler.getStandardFileManager(said, null, StandardCharsets.UTF_8)) {
      Memory memory = new Memory(standard);
      List<String> options = List.of("-proc:none", "-nowarn", "-g:source,lines", "-Xlint:none");
      boolean done = compiler.getTask(null, memory, said, options, null, units).call();
      if (!done) {
        throw new IllegalStateException(mutant + " does not compile: " + errors(said));
      }
      return memory.classes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String errors(DiagnosticCollector<JavaFileObject> said) {
    return said.getDiagnostics().stream()
        .filter(d -> d.getKind() == Diagnostic.Kind.ERROR)
        .map(Object::toString)
        .toList()
        .toString();
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String file, String text) {
      super(URI.create("mutant:///" + file.replaceFirst(".*/java/", "")), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  private static final class Memory extends ForwardingJavaFileManager<JavaFileManager> {
    private final Map<String, ByteArrayOutputStream> written = new HashMap<>();

    Memory(JavaFileManager files) {
      super(files);
    }

    @Override
    public JavaFileObject getJavaFileForOutput(
        Location location, String className, JavaFileObject.Kind kind, FileObject sibling) {
      return new SimpleJavaFileObject(
          URI.create("mutant:///" + className.replace('.', '/') + ".class"), kind) {
        @Override
        public OutputStream openOutputStream() {
          ByteArrayOutputStream bytes = new ByteArrayOutputStream();
          written.put(className, bytes);
          return bytes;
        }
      };
    }

    Map<String, byte[]> classes() {
      Map<String, byte[]> classes = new HashMap<>();
      written.forEach((name, bytes) -> classes.put(name, bytes.toByteArray()));
      return classes;
    }
  }

  private static final class Loader extends ClassLoader {
    private final Map<String, byte[]> changed;

    Loader(ClassLoader parent, Map<String, byte[]> changed) {
      super(parent);
      this.changed = changed;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith(OURS) || name.startsWith(SHARED)) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        if (loaded == null) {
          byte[] bytes = bytesOf(name);
          loaded = defineClass(name, bytes, 0, bytes.length);
        }
        return loaded;
      }
    }

    private byte[] bytesOf(String name) throws ClassNotFoundException {
      byte[] patched = changed.get(name);
      if (patched != null) {
        return patched;
      }
      try (@Nullable InputStream in =
          getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
        if (in == null) {
          throw new ClassNotFoundException(name);
        }
        return in.readAllBytes();
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }
}
