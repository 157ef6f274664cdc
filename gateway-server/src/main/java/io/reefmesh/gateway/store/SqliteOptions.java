package io.reefmesh.gateway.store;

import java.util.List;

/**
 * What tests may set differently.
 *
 * @param migrations the schema's steps from version 1 on
 * @param maxPages how many pages of 4 KiB the file may have; 0: as the disk allows
 * @param checkpointPages copy the WAL to the file once this many pages wait
 * @param walPages with this many pages in the WAL, the writer itself makes it start over
 * @param checkpointIntervalMillis how often the WAL is looked at
 */
record SqliteOptions(
    List<SqliteSchema.Migration> migrations,
    long maxPages,
    int checkpointPages,
    int walPages,
    long checkpointIntervalMillis) {

  /** 4 MiB to copy, 64 MiB of WAL, looked at ten times a second. */
  static final SqliteOptions DEFAULT =
      new SqliteOptions(SqliteSchema.MIGRATIONS, 0, 1_000, 16_384, 100);

  SqliteOptions withMigrations(List<SqliteSchema.Migration> steps) {
    return new SqliteOptions(steps, maxPages, checkpointPages, walPages, checkpointIntervalMillis);
  }

  SqliteOptions withMaxPages(long pages) {
    return new SqliteOptions(
        migrations, pages, checkpointPages, walPages, checkpointIntervalMillis);
  }

  SqliteOptions withCheckpoints(int copyPages, int startOverPages, long intervalMillis) {
    return new SqliteOptions(migrations, maxPages, copyPages, startOverPages, intervalMillis);
  }
}
