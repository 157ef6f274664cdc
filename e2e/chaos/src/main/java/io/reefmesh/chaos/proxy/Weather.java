package io.reefmesh.chaos.proxy;

/**
 * What a proxy does to the bytes that pass it.
 *
 * @param up towards the gateway
 * @param down from the gateway
 * @param refusing whether new connections are reset at once
 * @param delayMillis how long each piece is held back
 * @param bytesPerSecond how fast bytes pass; 0: as they come
 */
record Weather(Passing up, Passing down, boolean refusing, long delayMillis, int bytesPerSecond) {

  /** What happens to bytes of one direction. */
  enum Passing {
    /** They pass. */
    FREE,
    /** They wait, as behind a broken cable that will be mended. */
    HELD,
    /** They are taken and thrown away; their connection cannot be used afterwards. */
    SWALLOWED
  }

  static final Weather FAIR = new Weather(Passing.FREE, Passing.FREE, false, 0, 0);

  static final Weather REFUSING = new Weather(Passing.FREE, Passing.FREE, true, 0, 0);

  static Weather of(Way way, Passing passing) {
    return new Weather(
        way == Way.DOWN ? Passing.FREE : passing,
        way == Way.UP ? Passing.FREE : passing,
        false,
        0,
        0);
  }

  static Weather slow(long delayMillis, int bytesPerSecond) {
    return new Weather(Passing.FREE, Passing.FREE, false, delayMillis, bytesPerSecond);
  }

  Passing towards(Way way) {
    return way == Way.UP ? up : down;
  }
}
