package dev.roost.bench;

/** Decides when the senders of one loop send. On the loop. */
interface Pacer {
  /** Sends nothing, ever. */
  Pacer NOTHING = new Pacer() {
    @Override
    public long nextDue() {
      return Long.MAX_VALUE;
    }

    @Override
    public void pump() {}
  };

  /** When {@link #pump} has something to do, on the timeline. */
  long nextDue();

  /** Sends what is due. */
  void pump();

  /** A sender whose connection was full can take more. */
  default void writable(Client sender) {}
}
