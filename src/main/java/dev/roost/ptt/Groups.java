package dev.roost.ptt;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The groups that this server needs to know, because members are connected or somebody watches them, and who their members are (section 2.6 of the contract): members by USER_ADD, who are in the {@link Registry} and loaded on demand, and by
 * the tokens of live connections. On the loop of the switchboard.
 */
final class Groups {
  private final Map<String, User> users;
  private final Registry registry;
  private final Backbone backbone;
  private final Supplier<Floor> floors;
  private final Map<String, TalkGroup> groups = new HashMap<>();
  /** The known groups of a user. */
  private final Map<String, Set<TalkGroup>> byUser = new HashMap<>();
  /** Who waits for the members of a group that is being loaded. */
  private final Map<String, List<Consumer<TalkGroup>>> loading = new HashMap<>();
  private Consumer<Change> listener = change -> {};

  /** Somebody is a member since now, or is none any more. */
  record Change(TalkGroup group, String userId, boolean isMember) {}

  /** @param users who is connected, by id; only read */
  Groups(Map<String, User> users, Registry registry, Backbone backbone, Supplier<Floor> floors) {
    this.users = users;
    this.registry = registry;
    this.backbone = backbone;
    this.floors = floors;
  }

  /** Who hears of members that come and go. */
  void onChange(Consumer<Change> told) {
    listener = told;
  }

  int size() {
    return groups.size();
  }

  Iterable<TalkGroup> all() {
    return groups.values();
  }

  /** The known groups of a user. */
  Set<TalkGroup> of(String userId) {
    return byUser.getOrDefault(userId, Set.of());
  }

  /** The group, if it is known. */
  TalkGroup known(String groupId) {
    return groups.get(groupId);
  }

  /** Hands over the group with its members as far as they can be found out, perhaps before it returns. */
  void find(String groupId, Consumer<TalkGroup> then) {
    TalkGroup group = groups.computeIfAbsent(groupId, id -> new TalkGroup(id, floors.get()));
    if (group.isLoaded()) {
      then.accept(group);
      settle(group);
      return;
    }
    group.pin();
    List<Consumer<TalkGroup>> others = loading.get(groupId);
    if (others != null) {
      others.add(then);
      return;
    }
    loading.put(groupId, new ArrayList<>(List.of(then)));
    registry.members(groupId, members -> {
      members.ifPresent(added -> load(group, added));
      loading.remove(groupId).forEach(waiting -> {
        waiting.accept(group);
        group.unpin();
      });
      settle(group);
    });
  }

  private void load(TalkGroup group, Set<String> added) {
    Set<String> gone = new HashSet<>(group.added());
    gone.removeAll(added);
    // A Redis that has lost everything must not take the groups from those who are talking.
    if (!added.isEmpty()) {
      gone.forEach(userId -> remove(group, userId));
    }
    added.forEach(userId -> add(group, userId));
    group.loaded();
  }

  /** A connection has come: the groups of its token, and those that its user was added to. */
  void arrived(User user, Client client) {
    of(user.id()).forEach(group -> seat(group, client));
    for (String groupId : client.introduction().channelIds()) {
      TalkGroup group = groups.computeIfAbsent(groupId, id -> new TalkGroup(id, floors.get()));
      group.addByToken(user.id());
      joined(group, user.id());
      // Who was added to it is needed as soon as somebody speaks.
      find(groupId, known -> {});
    }
    findGroupsOf(user.id(), () -> {});
  }

  private void findGroupsOf(String userId, Runnable then) {
    registry.groups(userId, found -> {
      if (users.containsKey(userId)) {
        enter(userId, new ArrayDeque<>(found.orElse(Set.of())), then);
      } else {
        then.run();
      }
    });
  }

  /**
   * One group after the other, so that a user of very many takes no more of Redis at a time than one of few. Who is a member is what the group says and not the list, which may be old by then. What is answered at once makes no deeper stack.
   */
  private void enter(String userId, Queue<String> groupIds, Runnable then) {
    boolean isAnswered = true;
    while (isAnswered) {
      String groupId = users.containsKey(userId) ? groupIds.poll() : null;
      if (groupId == null) {
        then.run();
        return;
      }
      isAnswered = enterOne(userId, groupId, groupIds, then);
    }
  }

  /** Whether the group was there at once; else its answer leads on. */
  private boolean enterOne(String userId, String groupId, Queue<String> groupIds, Runnable then) {
    boolean[] isAnswered = {false};
    boolean[] isAwaited = {false};
    find(groupId, group -> {
      isAnswered[0] = true;
      if (isAwaited[0]) {
        enter(userId, groupIds, then);
      }
    });
    isAwaited[0] = true;
    return isAnswered[0];
  }

  /** A connection has gone, and is none of its user's any more. */
  void departed(Client client) {
    Set<TalkGroup> before = Set.copyOf(of(client.userId()));
    before.forEach(group -> unseat(group, client));
    for (String groupId : client.introduction().channelIds()) {
      TalkGroup group = groups.get(groupId);
      if (group != null) {
        group.removeByToken(client.userId());
        partedIfNoMember(group, client.userId());
      }
    }
    before.forEach(this::settle);
  }

  /** USER_ADD was written. */
  private void add(TalkGroup group, String userId) {
    if (group.added().add(userId)) {
      joined(group, userId);
    }
  }

  /** USER_REMOVE was written. */
  private void remove(TalkGroup group, String userId) {
    if (group.added().remove(userId)) {
      partedIfNoMember(group, userId);
    }
  }

  /** Somebody was added or removed, here or by another server. */
  void changed(String groupId, String userId, boolean isMember) {
    TalkGroup group = groups.get(groupId);
    if (group != null) {
      if (isMember) {
        add(group, userId);
      } else {
        remove(group, userId);
      }
      settle(group);
    } else if (isMember && users.containsKey(userId)) {
      find(groupId, known -> {});
    }
  }

  /** What is known may be old: everything is read again, one after the other. */
  void reload() {
    Queue<String> known = new ArrayDeque<>(groups.keySet());
    Queue<String> connected = new ArrayDeque<>(users.keySet());
    reload(known, connected);
  }

  private void reload(Queue<String> known, Queue<String> connected) {
    String groupId = known.poll();
    if (groupId != null) {
      registry.members(groupId, members -> {
        TalkGroup group = groups.get(groupId);
        if (group != null) {
          members.ifPresent(added -> load(group, added));
          settle(group);
        }
        reload(known, connected);
      });
    } else if (!connected.isEmpty()) {
      findGroupsOf(connected.poll(), () -> reload(known, connected));
    }
  }

  private void joined(TalkGroup group, String userId) {
    if (byUser.computeIfAbsent(userId, id -> new HashSet<>(2)).add(group)) {
      listener.accept(new Change(group, userId, true));
    }
    User user = users.get(userId);
    if (user != null) {
      user.clients().forEach(client -> seat(group, client));
    }
  }

  private void partedIfNoMember(TalkGroup group, String userId) {
    if (group.isMember(userId)) {
      return;
    }
    User user = users.get(userId);
    if (user != null) {
      user.clients().forEach(client -> unseat(group, client));
    }
    forget(group, userId);
    listener.accept(new Change(group, userId, false));
  }

  private void forget(TalkGroup group, String userId) {
    Set<TalkGroup> of = byUser.get(userId);
    if (of != null && of.remove(group) && of.isEmpty()) {
      byUser.remove(userId);
    }
  }

  private void seat(TalkGroup group, Client client) {
    boolean isFirst = group.audience().isEmpty();
    group.audience().add(client.connection());
    if (isFirst) {
      backbone.joined(group.id());
    }
  }

  private void unseat(TalkGroup group, Client client) {
    boolean wasEmpty = group.audience().isEmpty();
    group.audience().remove(client.connection());
    if (!wasEmpty && group.audience().isEmpty()) {
      backbone.left(group.id());
    }
  }

  /** Forgets a group that nobody needs here. */
  void settle(TalkGroup group) {
    if (!group.isNeeded() && groups.remove(group.id(), group)) {
      group.members().forEach(userId -> forget(group, userId));
    }
  }
}
