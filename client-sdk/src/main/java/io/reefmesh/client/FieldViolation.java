package io.reefmesh.client;

/**
 * One thing wrong with what was asked for.
 *
 * @param field path of the field, for example "spec.priority"
 * @param description what is wrong with it and what is allowed
 */
public record FieldViolation(String field, String description) {}
