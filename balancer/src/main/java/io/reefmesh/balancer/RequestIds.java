package io.reefmesh.balancer;

import org.jspecify.annotations.Nullable;

/**
 * The request ids seen lately, so that a repeated request returns the task of the first.
 *
 * <p>There may be millions, each known for a day, so no text is kept: of project and request id
 * only a keyed hash of 128 bits, and of the digest another. Two different request ids would be
 * taken for one if their hashes were equal; with a billion known at once the odds of that are one
 * in 10^20, far below those of a memory error, and whoever does not know the key cannot improve on
 * them.
 *
 * <p>About {@link #BYTES} bytes each: a record in {@link RequestLog}, and its number in one of many
 * small tables, so that a table that grows does not keep the engine for long.
 */
final class RequestIds {

  /** What a request id takes in memory, tables that are half full included. */
  static final int BYTES = 64;

  private static final int TABLES = 256;
  private static final int TABLE_SHIFT = Long.SIZE - 8;

  private final long keepMillis;
  private final int limit;
  private final TextHash hash;
  private final RequestLog log = new RequestLog();
  private final RequestTable[] tables = new RequestTable[TABLES];

  /** The hash that was made last, and of what. */
  private String lastProject = "";

  private String lastRequestId = "";
  private long lastLow;
  private long lastHigh;

  /** What a request id is known for. */
  final class Known {
    private final TaskId id;
    private final long digestLow;
    private final long digestHigh;

    private Known(TaskId id, long digestLow, long digestHigh) {
      this.id = id;
      this.digestLow = digestLow;
      this.digestHigh = digestHigh;
    }

    /** The task that the request made. */
    TaskId id() {
      return id;
    }

    /** Whether the content of the request that made it has this digest. */
    boolean hasDigest(String digest) {
      hash.begin().put(digest).end();
      return hash.low == digestLow && hash.high == digestHigh;
    }
  }

  /**
   * @param limit how many are known at most, but for those that the store brings back
   * @param hash with a key that callers cannot know
   */
  RequestIds(long keepMillis, int limit, TextHash hash) {
    this.keepMillis = keepMillis;
    this.limit = limit;
    this.hash = hash;
    for (int i = 0; i < TABLES; i++) {
      tables[i] = new RequestTable(log);
    }
    hash.begin().put((char) 0).end();
    lastLow = hash.low;
    lastHigh = hash.high;
  }

  @Nullable Known find(String project, String requestId, long nowMillis) {
    forgetOld(nowMillis);
    hashOf(project, requestId);
    int number = table(lastHigh).find(lastLow, lastHigh);
    return number == RequestLog.NONE
        ? null
        : new Known(new TaskId(log.task(number)), log.digestLow(number), log.digestHigh(number));
  }

  /** How many are known, those that were made again counted each time. */
  int size() {
    return log.size();
  }

  /** Whether there is no room for another one. */
  boolean isFull() {
    return log.size() >= limit;
  }

  /** In the order of creation. A request id that is known is from now on the new task's. */
  void remember(String project, String requestId, String digest, TaskId id) {
    hash.begin().put(digest).end();
    long digestLow = hash.low;
    long digestHigh = hash.high;
    hashOf(project, requestId);
    int number = log.append(lastLow, lastHigh, id.value(), digestLow, digestHigh);
    table(lastHigh).put(number);
  }

  /** What is remembered has just been looked for. */
  private void hashOf(String project, String requestId) {
    if (!requestId.equals(lastRequestId) || !project.equals(lastProject)) {
      // The length says where the one ends and the other begins.
      hash.begin().put((char) project.length()).put(project).put(requestId).end();
      lastProject = project;
      lastRequestId = requestId;
      lastLow = hash.low;
      lastHigh = hash.high;
    }
  }

  private RequestTable table(long high) {
    return tables[(int) (high >>> TABLE_SHIFT)];
  }

  private void forgetOld(long nowMillis) {
    for (int oldest = log.oldest();
        oldest != RequestLog.NONE
            && TaskId.createdAtMillis(log.task(oldest)) + keepMillis <= nowMillis;
        oldest = log.oldest()) {
      // Once forgotten, the request id may have made another task, which is known for its own time:
      // then the table has that one's number, and keeps it.
      table(log.high(oldest)).remove(oldest);
      log.removeOldest();
    }
  }
}
