package dev.roost.bench;

import java.util.ArrayList;
import java.util.List;

/** Who sits where: the connections of a plan. */
final class Seats {
  /** Users that warm a server up have numbers of their own, so that none meets itself. */
  private static final int WARM_UP_USERS = 900_000;

  private Seats() {}

  /** The connections whose messages are measured: in each room the receivers first, so that all are there when the senders come. */
  static List<Seat> measured(Plan plan) {
    List<Seat> seats = new ArrayList<>();
    for (int room = 0; room < plan.shape().rooms(); room++) {
      for (int i = 0; i < plan.shape().receivers(); i++) {
        seats.add(new Seat(seats.size(), room, -1, true, plan.receivers()));
      }
    }
    for (int sender = 0; sender < plan.shape().allSenders(); sender++) {
      seats.add(new Seat(seats.size(), sender / plan.shape().senders(), sender, true, plan.senders()));
    }
    return seats;
  }

  /** Those that only come and listen, in rooms from {@code firstRoom} on. */
  static List<Seat> crowd(Plan plan, int firstRoom) {
    List<Seat> seats = new ArrayList<>();
    for (int i = 0; i < plan.shape().crowd(); i++) {
      seats.add(new Seat(plan.shape().measured() + i, firstRoom + i / plan.shape().crowdRoom(), -1, false, plan.receivers()));
    }
    return seats;
  }

  /** A connection that warms a server up. */
  static Seat warmUp(Plan plan, int number) {
    return new Seat(WARM_UP_USERS + number, WARM_UP_USERS / 10 + number / plan.shape().crowdRoom(), -1, false, plan.receivers());
  }
}
