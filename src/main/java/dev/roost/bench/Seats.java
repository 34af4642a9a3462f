package dev.roost.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Who sits where: the connections of a plan. */
final class Seats {
  /** Users that are online so that there is something to see. */
  private static final int ONLINE_USERS = 200_000;
  /** Users that come and go. */
  static final int VISITORS = 500_000;
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
    // Nothing that mobiles say comes back.
    boolean measured = plan.preset() != Preset.PRESENCE;
    for (int sender = 0; sender < plan.shape().allSenders(); sender++) {
      seats.add(new Seat(seats.size(), sender / plan.shape().senders(), sender, measured, plan.senders()));
    }
    return seats;
  }

  /** Those who watch who is online. */
  static List<Seat> watchers(Plan plan, Watching watching, List<Watch> watches) {
    List<Seat> seats = new ArrayList<>();
    for (Watch watch : watches) {
      seats.add(new Seat(plan.shape().measured() + seats.size(), 0, -1, false, watching.watchers(), watch));
    }
    return seats;
  }

  /** The number of a user of whom the tool wants nothing but that he is online. */
  static int onlineUser(int number) {
    return ONLINE_USERS + number;
  }

  /** Connections of those users. */
  static List<Seat> online(Watching watching) {
    return IntStream.range(0, watching.online()).mapToObj(i -> new Seat(onlineUser(i), 0, -1, false, watching.mobiles())).toList();
  }

  /** Somebody who comes and goes. */
  static Seat visitor(Watching watching, int number) {
    return new Seat(VISITORS + number, 0, -1, false, watching.mobiles());
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
