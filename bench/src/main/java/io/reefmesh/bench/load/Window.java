package io.reefmesh.bench.load;

/** Told when the time that is measured begins and ends; what came before was warm-up. */
public interface Window {

  /** Nobody needs to know. */
  Window NONE =
      new Window() {
        @Override
        public void begins() {}

        @Override
        public void ends() {}
      };

  /** From now on it counts. */
  void begins();

  /** From now on it no longer counts. */
  void ends();
}
