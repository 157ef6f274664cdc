package io.reefmesh.gateway.store;

import java.util.List;

/**
 * What tests may set differently.
 *
 * @param migrations the schema's steps from version 1 on
 * @param maxPages how many pages of 4 KiB the file may have; 0: as the disk allows
 * @param busyMillis how long to wait for another program's lock
 * @param checkpointPages copy the WAL to the file once this many pages wait
 * @param walPages with this many pages in the WAL, the writer itself makes it start over
 * @param checkpointIntervalMillis how often the WAL is looked at
 */
record SqliteOptions(
    List<SqliteSchema.Migration> migrations,
    long maxPages,
    int busyMillis,
    int checkpointPages,
    int walPages,
    long checkpointIntervalMillis) {

  /** 5 s for locks; 4 MiB to copy, 64 MiB of WAL, looked at ten times a second. */
  static final SqliteOptions DEFAULT =
      new SqliteOptions(SqliteSchema.MIGRATIONS, 0, 5_000, 1_000, 16_384, 100);

  SqliteOptions withMigrations(List<SqliteSchema.Migration> steps) {
    return new SqliteOptions(
        steps, maxPages, busyMillis, checkpointPages, walPages, checkpointIntervalMillis);
  }

  SqliteOptions withMaxPages(long pages) {
    return new SqliteOptions(
        migrations, pages, busyMillis, checkpointPages, walPages, checkpointIntervalMillis);
  }

  SqliteOptions withBusyMillis(int millis) {
    return new SqliteOptions(
        migrations, maxPages, millis, checkpointPages, walPages, checkpointIntervalMillis);
  }

  SqliteOptions withCheckpoints(int copyPages, int startOverPages, long intervalMillis) {
    return new SqliteOptions(
        migrations, maxPages, busyMillis, copyPages, startOverPages, intervalMillis);
  }
}
