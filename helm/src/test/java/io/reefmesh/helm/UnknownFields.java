package io.reefmesh.helm;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the fields of a model that Kubernetes does not know. The models keep such fields in a map
 * of additional properties instead of refusing them, at every level.
 */
final class UnknownFields {

  private static final String MODELS = "io.fabric8.kubernetes.";
  private static final String ADDITIONAL = "additionalProperties";

  private final List<String> found = new ArrayList<>();

  private UnknownFields() {}

  /** Paths such as "StatefulSet/reef-gateway.spec.replica"; empty if all is known. */
  static List<String> of(HasMetadata resource) {
    UnknownFields search = new UnknownFields();
    search.visit(resource, resource.getKind() + "/" + resource.getMetadata().getName());
    return search.found;
  }

  private void visit(@Nullable Object value, String path) {
    if (value instanceof Collection<?> elements) {
      int index = 0;
      for (Object element : elements) {
        visit(element, path + "[" + index++ + "]");
      }
    } else if (value instanceof Map<?, ?> entries) {
      entries.forEach((key, entry) -> visit(entry, path + "." + key));
    } else if (value != null && value.getClass().getName().startsWith(MODELS)) {
      visitFields(value, path);
    }
  }

  private void visitFields(Object model, String path) {
    for (Class<?> type = model.getClass(); type != null; type = type.getSuperclass()) {
      if (!type.getName().startsWith(MODELS) || type.isEnum()) {
        return;
      }
      for (Field field : type.getDeclaredFields()) {
        if (!Modifier.isStatic(field.getModifiers())) {
          visitField(model, field, path);
        }
      }
    }
  }

  private void visitField(Object model, Field field, String path) {
    Object value = read(model, field);
    if (field.getName().equals(ADDITIONAL)) {
      if (value instanceof Map<?, ?> unknown) {
        unknown.keySet().forEach(key -> found.add(path + "." + key));
      }
    } else {
      visit(value, path + "." + field.getName());
    }
  }

  private static @Nullable Object read(Object model, Field field) {
    try {
      field.setAccessible(true);
      return field.get(model);
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }
}
