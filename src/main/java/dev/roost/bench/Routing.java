package dev.roost.bench;

/**
 * Which connections hear what, and the numbers that tell it apart. A stream is what one sender says to the same hearers, numbered from 0: its order is kept,
 * its losses are counted. Immutable; any thread.
 */
sealed interface Routing {
  /** How many streams there are. */
  int streams();

  /** How many of them one connection can hear at most: the size of its {@link Ledger}. */
  int slots();

  /** Where a ledger keeps a stream. */
  int slot(int stream);

  /** Who says it. */
  int sender(int stream);

  /** Whether a connection should hear a stream, which must be one of {@link #streams}. */
  boolean reaches(Seat seat, int stream);

  /** What the connection of this seat will send. */
  Outgoing outgoing(Seat seat, Template.Message message);

  /** Each sender has one stream, and its room hears it. */
  record ToRoom(int rooms, int senders, Hear hear) implements Routing {
    @Override
    public int streams() {
      return rooms * senders;
    }

    @Override
    public int slots() {
      return senders;
    }

    @Override
    public int slot(int stream) {
      return stream % senders;
    }

    @Override
    public int sender(int stream) {
      return stream;
    }

    @Override
    public boolean reaches(Seat seat, int stream) {
      return stream / senders == seat.room() && (!seat.sends() || hear.includes(stream == seat.sender()));
    }

    @Override
    public Outgoing outgoing(Seat seat, Template.Message message) {
      return new Outgoing.ToRoom(seat.sender(), message);
    }
  }

  /**
   * Each message is for one other client, and each pair of a sender and a target has a stream: sender times clients plus target.
   *
   * @param seed the same seed makes the same targets in the same order
   */
  record ToOne(int clients, long seed) implements Routing {
    @Override
    public int streams() {
      return clients * clients;
    }

    @Override
    public int slots() {
      return clients;
    }

    @Override
    public int slot(int stream) {
      return stream / clients;
    }

    @Override
    public int sender(int stream) {
      return stream / clients;
    }

    @Override
    public boolean reaches(Seat seat, int stream) {
      return stream % clients == seat.sender();
    }

    @Override
    public Outgoing outgoing(Seat seat, Template.Message message) {
      return new Outgoing.ToOne(seat.sender(), clients, seed, message);
    }
  }
}
