package dev.roost.core;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The receivers of a broadcast, grouped by the loop of their socket: a message costs one hand-over a loop, not one a member.
 *
 * <p>Belongs to the loop of the state machine that sends to it, and only that loop may call it. Guarantees: a member gets
 * the messages sent between its {@link #add} and its {@link #remove}, each at most once, in order, mixed in order with what the
 * same loop sends to the connection directly.
 */
public final class Audience {
  private final Map<Loop, Group> groups = new IdentityHashMap<>(4);
  private int size;

  /** Adds a member; adding twice does nothing. */
  public void add(Connection member) {
    if (groups.computeIfAbsent(member.loop(), Group::new).add(member)) {
      size++;
    }
  }

  /** Removes a member; removing a stranger does nothing. */
  public void remove(Connection member) {
    Group group = groups.get(member.loop());
    if (group != null && group.remove(member)) {
      size--;
    }
  }

  public int size() {
    return size;
  }

  public boolean contains(Connection member) {
    Group group = groups.get(member.loop());
    return group != null && group.members.containsKey(member);
  }

  public boolean isEmpty() {
    return size == 0;
  }

  /** Sends one frame to every member. */
  public void send(Frame frame, Delivery delivery) {
    for (Group group : groups.values()) {
      group.send(frame, delivery, (Connection) null);
    }
  }

  /** Sends one frame to every member but one. */
  public void sendToOthers(Connection except, Frame frame, Delivery delivery) {
    for (Group group : groups.values()) {
      group.send(frame, delivery, except);
    }
  }

  /** Sends one frame to every member but these. Nobody may change the set any more; it is read on other loops, once a member. */
  public void sendToOthers(Set<Connection> except, Frame frame, Delivery delivery) {
    for (Group group : groups.values()) {
      group.send(frame, delivery, except);
    }
  }

  /** Everybody, in no particular order; a copy. */
  public List<Connection> members() {
    List<Connection> all = new ArrayList<>(size);
    for (Group group : groups.values()) {
      all.addAll(group.members.keySet());
    }
    return all;
  }

  /** The members on one loop. */
  private static final class Group {
    private final Loop loop;
    private final Map<Connection, Boolean> members = new IdentityHashMap<>();
    /**
     * What a task on the other loop reads; made anew only when somebody sends after a change, so a storm of joins does not copy
     * the list a thousand times.
     */
    private Connection[] snapshot;

    Group(Loop loop) {
      this.loop = loop;
    }

    boolean add(Connection member) {
      boolean added = members.put(member, Boolean.TRUE) == null;
      if (added) {
        snapshot = null;
      }
      return added;
    }

    boolean remove(Connection member) {
      boolean removed = members.remove(member) != null;
      if (removed) {
        snapshot = null;
      }
      return removed;
    }

    void send(Frame frame, Delivery delivery, Connection except) {
      Connection[] receivers = receivers();
      if (receivers.length == 0) {
        return;
      }
      if (loop.inLoop()) {
        deliver(receivers, frame, delivery, except);
      } else {
        loop.execute(() -> deliver(receivers, frame, delivery, except));
      }
    }

    void send(Frame frame, Delivery delivery, Set<Connection> except) {
      Connection[] receivers = receivers();
      if (receivers.length == 0) {
        return;
      }
      if (loop.inLoop()) {
        deliver(receivers, frame, delivery, except);
      } else {
        loop.execute(() -> deliver(receivers, frame, delivery, except));
      }
    }

    private Connection[] receivers() {
      if (snapshot == null) {
        snapshot = members.keySet().toArray(Connection[]::new);
      }
      return snapshot;
    }

    private static void deliver(Connection[] receivers, Frame frame, Delivery delivery, Connection except) {
      for (Connection receiver : receivers) {
        if (receiver != except) {
          receiver.send(frame, delivery);
        }
      }
    }

    private static void deliver(Connection[] receivers, Frame frame, Delivery delivery, Set<Connection> except) {
      for (Connection receiver : receivers) {
        if (!except.contains(receiver)) {
          receiver.send(frame, delivery);
        }
      }
    }
  }
}
