package io.reefmesh.gateway.door;

import com.google.common.hash.Hashing;
import com.google.common.io.BaseEncoding;
import com.google.common.primitives.Bytes;
import com.google.common.primitives.Longs;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.v1.ListNodesRequest;
import io.reefmesh.v1.ListTasksRequest;
import io.reefmesh.v1.RetryTasksRequest;
import io.reefmesh.v1.TaskFilter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * The tokens that a list goes on by. A token is opaque to callers, belongs to one project and one
 * filter, and is refused with any other: so a page never follows one that was chosen otherwise. A
 * checksum keeps out what was cut or altered; it is no secret, and needs none, as a token opens
 * nothing that the caller could not list anyway. Tokens outlive a restart of the gateway.
 */
public final class PageTokens {

  private static final String FIELD = "page_token";
  private static final BaseEncoding TEXT = BaseEncoding.base64Url().omitPadding();
  private static final int CHECK_BYTES = 8;
  private static final int MAX_TOKEN = 256;

  private PageTokens() {}

  /** The token of the page that begins below this id. */
  public static String tasks(String project, TaskFilter filter, TaskId before) {
    return write(scope("tasks", project, filter), Longs.toByteArray(before.value()));
  }

  /**
   * Where a page of tasks begins; empty: with the newest.
   *
   * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT for a token that was not made for this
   *     project and filter
   */
  public static Optional<TaskId> readTasks(String project, ListTasksRequest request) {
    if (request.getPageToken().isEmpty()) {
      return Optional.empty();
    }
    byte[] cursor = read(scope("tasks", project, request.getFilter()), request.getPageToken());
    if (cursor.length != Long.BYTES || cursor[0] < 0) {
      throw unusable();
    }
    return Optional.of(new TaskId(Longs.fromByteArray(cursor)));
  }

  /**
   * Where a page begins and its list ends, when the oldest go first.
   *
   * @param after it begins above this id
   * @param below what the list began with ends below this one: later tasks are not in it
   */
  public record Upwards(TaskId after, TaskId below) {}

  /** The token of the page of tasks to retry that begins there. */
  public static String retries(String project, TaskFilter filter, Upwards at) {
    byte[] cursor =
        Bytes.concat(Longs.toByteArray(at.after().value()), Longs.toByteArray(at.below().value()));
    return write(scope("retries", project, filter), cursor);
  }

  /**
   * Where a page of tasks to retry begins; empty: with the oldest.
   *
   * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT for a token that was not made for this
   *     project and filter
   */
  public static Optional<Upwards> readRetries(String project, RetryTasksRequest request) {
    if (request.getPageToken().isEmpty()) {
      return Optional.empty();
    }
    byte[] cursor = read(scope("retries", project, request.getFilter()), request.getPageToken());
    if (cursor.length != 2 * Long.BYTES || cursor[0] < 0 || cursor[Long.BYTES] < 0) {
      throw unusable();
    }
    ByteBuffer ids = ByteBuffer.wrap(cursor);
    return Optional.of(new Upwards(new TaskId(ids.getLong()), new TaskId(ids.getLong())));
  }

  /** The token of the page that begins after this node. */
  public static String nodes(ListNodesRequest request, String afterNodeId) {
    return write(scope(request), afterNodeId.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Behind which node a page of nodes begins; empty: with the first.
   *
   * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT for a token that was not made for this
   *     filter
   */
  public static Optional<String> readNodes(ListNodesRequest request) {
    if (request.getPageToken().isEmpty()) {
      return Optional.empty();
    }
    byte[] cursor = read(scope(request), request.getPageToken());
    return Optional.of(new String(cursor, StandardCharsets.UTF_8));
  }

  private static byte[] scope(String kind, String project, TaskFilter filter) {
    return Hashing.sha256()
        .newHasher()
        .putString(kind + '\0' + project + '\0', StandardCharsets.UTF_8)
        .putBytes(SpecDigest.sha256(filter))
        .hash()
        .asBytes();
  }

  private static byte[] scope(ListNodesRequest request) {
    ListNodesRequest filter = request.toBuilder().clearPageSize().clearPageToken().build();
    return Hashing.sha256()
        .newHasher()
        .putString("nodes\0", StandardCharsets.UTF_8)
        .putBytes(SpecDigest.sha256(filter))
        .hash()
        .asBytes();
  }

  private static String write(byte[] scope, byte[] cursor) {
    byte[] token = Arrays.copyOf(check(scope, cursor), CHECK_BYTES + cursor.length);
    System.arraycopy(cursor, 0, token, CHECK_BYTES, cursor.length);
    return TEXT.encode(token);
  }

  private static byte[] read(byte[] scope, String text) {
    if (text.length() > MAX_TOKEN || !TEXT.canDecode(text)) {
      throw unusable();
    }
    byte[] token = TEXT.decode(text);
    // The last character may hold bits that decode to nothing.
    if (token.length <= CHECK_BYTES || !TEXT.encode(token).equals(text)) {
      throw unusable();
    }
    byte[] cursor = Arrays.copyOfRange(token, CHECK_BYTES, token.length);
    if (!Arrays.equals(check(scope, cursor), Arrays.copyOf(token, CHECK_BYTES))) {
      throw unusable();
    }
    return cursor;
  }

  private static byte[] check(byte[] scope, byte[] cursor) {
    byte[] hash = Hashing.sha256().newHasher().putBytes(scope).putBytes(cursor).hash().asBytes();
    return Arrays.copyOf(hash, CHECK_BYTES);
  }

  private static RuntimeException unusable() {
    return Refusals.invalid(
        FIELD, "is not the next_page_token of a page with this project and filter");
  }
}
