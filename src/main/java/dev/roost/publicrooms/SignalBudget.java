package dev.roost.publicrooms;

import java.util.HashMap;
import java.util.Map;

/**
 * What a user may be sent by signals of others (section 3.5). They reach the user's queue unasked, and a queue that overflows ends its connection: nobody may do that to somebody else. So
 * each sender has a budget, far above what a call needs, and all of them together stay below half of the queue. On the rooms' loop.
 */
final class SignalBudget {
  static final int SENDER_BURST = 256 << 10;
  private static final int SENDER_PER_SECOND = 16 << 10;
  static final int BURST = 2 << 20;
  private static final int PER_SECOND = 256 << 10;

  private final ByteBudget all;
  /** By user. */
  private final Map<String, ByteBudget> senders = new HashMap<>(2);

  SignalBudget(long nanos) {
    all = new ByteBudget(BURST, PER_SECOND, nanos);
  }

  /** Takes these bytes, if they are within the budget of this sender. */
  boolean take(String senderId, int bytes, long nanos) {
    if (!senders.containsKey(senderId)) {
      // Who has not sent for a while begins anew, whether remembered or not.
      senders.values().removeIf(budget -> budget.isFull(nanos));
      senders.put(senderId, new ByteBudget(SENDER_BURST, SENDER_PER_SECOND, nanos));
    }
    ByteBudget sender = senders.get(senderId);
    boolean fits = sender.has(bytes, nanos) && all.has(bytes, nanos);
    if (fits) {
      sender.take(bytes, nanos);
      all.take(bytes, nanos);
    }
    return fits;
  }
}
