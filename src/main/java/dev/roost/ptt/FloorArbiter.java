package dev.roost.ptt;

import java.util.function.Consumer;

/**
 * Decides who speaks in a group where several servers share it (section 2.4 of the contract), so that there is one decision. Called on the loop of the switchboard, never blocks; the verdict arrives on that loop, perhaps before the method
 * returns. Calls of one loop take effect in their order: what is released is free for an {@link #acquire} after it.
 */
interface FloorArbiter {

  /** The floor, if it is free, held by the same user, idle for {@code MAXIMUM_IDLE_DURATION} or held for {@code GROUP_BUSY_TIMEOUT}. */
  void acquire(String groupId, String userId, String connection, Consumer<Verdict> verdict);

  /** The holder has spoken: the floor is not idle. */
  void spoke(String groupId, String connection);

  /** The floor is free, if it is held by this connection. */
  void release(String groupId, String connection);

  /** What became of a question for the floor. */
  sealed interface Verdict {}

  /** @param order of this grant, above 0; each grant of a group has a greater one than those of all servers before it, as long as they are not {@code GROUP_BUSY_TIMEOUT} apart */
  record Granted(long order) implements Verdict {}

  /**
   * Another user holds the floor.
   *
   * @param order of that one's grant; 0 if it was made while nobody could be asked
   */
  record Busy(String holder, long order) implements Verdict {}

  /** Nobody else shares the group, or they cannot be asked at present, so this server decides by itself. */
  record Undecided() implements Verdict {}

  /** For a server on its own. */
  FloorArbiter LOCAL = new FloorArbiter() {
    @Override
    public void acquire(String groupId, String userId, String connection, Consumer<Verdict> verdict) {
      verdict.accept(new Undecided());
    }

    @Override
    public void spoke(String groupId, String connection) {}

    @Override
    public void release(String groupId, String connection) {}
  };
}
