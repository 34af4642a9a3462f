package dev.roost.ptt;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.function.BiConsumer;
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
  /** By group, what was changed since somebody began to read its members: each reading has users, and whether they are members now. */
  private final Map<String, List<Map<String, Boolean>>> readings = new HashMap<>();
  private Consumer<Change> listener = change -> {};
  private BiConsumer<TalkGroup, String> parted = (group, userId) -> {};
  private int reloads;

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

  /** Who hears of users who are no members any more, though perhaps connected. */
  void onParted(BiConsumer<TalkGroup, String> told) {
    parted = told;
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
    read(groupId, members -> {
      members.ifPresent(added -> load(group, added));
      loading.remove(groupId).forEach(waiting -> {
        waiting.accept(group);
        group.unpin();
      });
      settle(group);
    });
  }

  /** Who was added to a group. What is heard of while it is being read counts more than the answer, which may be older. */
  private void read(String groupId, Consumer<Optional<Set<String>>> then) {
    Map<String, Boolean> changes = new HashMap<>(2);
    readings.computeIfAbsent(groupId, id -> new ArrayList<>(1)).add(changes);
    registry.members(groupId, members -> {
      List<Map<String, Boolean>> all = readings.get(groupId);
      all.removeIf(reading -> reading == changes);
      if (all.isEmpty()) {
        readings.remove(groupId);
      }
      then.accept(members.map(answer -> with(answer, changes)));
    });
  }

  private static Set<String> with(Set<String> members, Map<String, Boolean> changes) {
    if (changes.isEmpty()) {
      return members;
    }
    Set<String> all = new HashSet<>(members);
    changes.forEach((userId, isMember) -> {
      if (isMember) {
        all.add(userId);
      } else {
        all.remove(userId);
      }
    });
    return all;
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
   * One group after the other, so that a user of very many takes no more of Redis at a time than one of few. Who is a member is what the group says and not the list, which may be old by then; a
   * group that says something else may be old, too, and is read again. What is answered at once makes no deeper stack.
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
    findWith(userId, groupId, group -> {
      isAnswered[0] = true;
      if (isAwaited[0]) {
        enter(userId, groupIds, then);
      }
    });
    isAwaited[0] = true;
    return isAnswered[0];
  }

  private void findWith(String userId, String groupId, Consumer<TalkGroup> then) {
    TalkGroup known = groups.get(groupId);
    if (known == null || !known.isLoaded() || known.added().contains(userId)) {
      find(groupId, then);
      return;
    }
    // Another make of server does not tell us whom it adds.
    known.pin();
    read(groupId, members -> {
      members.ifPresent(added -> load(known, added));
      then.accept(known);
      known.unpin();
      settle(known);
    });
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
    readings.getOrDefault(groupId, List.of()).forEach(reading -> reading.put(userId, isMember));
    TalkGroup known = groups.get(groupId);
    if (known == null && isMember && users.containsKey(userId)) {
      TalkGroup group = new TalkGroup(groupId, floors.get());
      groups.put(groupId, group);
      add(group, userId);
      find(groupId, loaded -> {});
    } else if (known != null) {
      if (isMember) {
        add(known, userId);
      } else {
        remove(known, userId);
      }
      settle(known);
    }
  }

  /** What is known may be old: everything is read again, one after the other. If that is under way already it begins anew. */
  void reload() {
    Queue<String> known = new ArrayDeque<>(groups.keySet());
    Queue<String> connected = new ArrayDeque<>(users.keySet());
    reload(++reloads, known, connected);
  }

  private void reload(int round, Queue<String> known, Queue<String> connected) {
    if (round != reloads) {
      return;
    }
    String groupId = known.poll();
    if (groupId != null) {
      read(groupId, members -> {
        TalkGroup group = groups.get(groupId);
        if (group != null) {
          members.ifPresent(added -> load(group, added));
          settle(group);
        }
        reload(round, known, connected);
      });
    } else if (!connected.isEmpty()) {
      findGroupsOf(connected.poll(), () -> reload(round, known, connected));
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
    parted.accept(group, userId);
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
