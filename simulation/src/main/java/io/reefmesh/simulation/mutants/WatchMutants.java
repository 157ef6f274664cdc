package io.reefmesh.simulation.mutants;

import java.util.List;

/** Bugs around what followers of a task are told. */
final class WatchMutants {

  private static final String FEEDS = "io.reefmesh.gateway.watch.TaskFeeds";
  private static final String FEED = "io.reefmesh.gateway.watch.TaskFeed";
  private static final String GATEWAY = "gateway-server";

  private WatchMutants() {}

  static List<Mutant> all() {
    return List.of(
        new Mutant("CURSOR_OF_EARLIER_LIFE", "A cursor from before a restart skips events", "I11")
            .in(GATEWAY, FEEDS)
            .change("if (cursor != null && cursor.epoch() == epoch) {", "if (cursor != null) {"),
        new Mutant("GAP_AFTER_RESTART_UNANNOUNCED", "A restart's gap is not told of", "I11")
            .in(GATEWAY, FEEDS)
            .change("if (announce) {", "if (announce && snapshot == null) {"),
        new Mutant("GAP_UNANNOUNCED", "Output that was dropped is not told of", "I11")
            .in(GATEWAY, "io.reefmesh.gateway.watch.FeedReader")
            .change(
                "return overGap(gap);",
                "position = gap.index(); FeedEntry kept = feed.read(position);"
                    + " return kept == null ? gap : kept;"),
        new Mutant("GAP_NOT_SAID_AGAIN", "A gap is lost with the stream it was said on", "I11")
            .in(GATEWAY, FEEDS)
            .change(
                "long place = announce ? NOWHERE : reader.position();",
                "long place = reader.position();"),
        new Mutant("END_GAP_UNANNOUNCED", "A late result hides that output is missing", "I11")
            .in(GATEWAY, FEED)
            .change("if (cameLate) {", "if (cameLate && task.attempt() == 0) {"));
  }
}
