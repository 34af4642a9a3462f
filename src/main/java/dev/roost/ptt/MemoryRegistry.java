package dev.roost.ptt;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The registry of a server on its own: it lives as long as the process and answers before a method returns. On one loop.
 *
 * <p>What it may hold at most: the devices of the 200,000 users who logged in last, 1,000,000 memberships, of one user 10,000, and the newest fifty message ids of the 1,000 groups and users that had one last. A group without members and a
 * user without groups cost nothing. A device that was forgotten counts as another one at the next login; what does not fit of memberships is refused.
 */
final class MemoryRegistry implements Registry {
  private static final int MOST_USERS = 200_000;
  private static final int MOST_MEMBERSHIPS = 1_000_000;
  private static final int MOST_GROUPS_PER_USER = 10_000;
  private static final int MOST_LISTS = 1_000;
  private static final int IDS_PER_LIST = 50;

  private final Map<String, Last> last = newest(MOST_USERS);
  private final Map<String, Set<String>> members = new HashMap<>();
  private final Map<String, Set<String>> groups = new HashMap<>();
  private final Map<String, Deque<String>> groupMessages = newest(MOST_LISTS / 2);
  private final Map<String, Deque<String>> userMessages = newest(MOST_LISTS / 2);
  private int memberships;
  /** One count for all users: so it grows for each of them, also for one who was forgotten in between. */
  private long logins;

  /** The last login of a user. */
  private record Last(String deviceId, String connection, Login login) {}

  @Override
  public void login(Arrival arrival, Consumer<Login> done) {
    Optional<Last> before = Optional.ofNullable(last.get(arrival.userId()));
    Login login = before.filter(same -> same.connection.equals(arrival.connection())).map(Last::login).orElseGet(() -> new Login(before.map(Last::deviceId), ++logins));
    last.put(arrival.userId(), new Last(arrival.deviceId(), arrival.connection(), login));
    done.accept(login);
  }

  @Override
  public void members(String groupId, Consumer<Optional<Set<String>>> done) {
    done.accept(Optional.of(Set.copyOf(members.getOrDefault(groupId, Set.of()))));
  }

  @Override
  public void groups(String userId, Consumer<Optional<Set<String>>> done) {
    done.accept(Optional.of(Set.copyOf(groups.getOrDefault(userId, Set.of()))));
  }

  @Override
  public void add(String groupId, String userId, Consumer<Boolean> done) {
    done.accept(isMember(groupId, userId) || enroll(groupId, userId));
  }

  private boolean isMember(String groupId, String userId) {
    return members.getOrDefault(groupId, Set.of()).contains(userId);
  }

  private boolean enroll(String groupId, String userId) {
    if (memberships >= MOST_MEMBERSHIPS || groups.getOrDefault(userId, Set.of()).size() >= MOST_GROUPS_PER_USER) {
      return false;
    }
    members.computeIfAbsent(groupId, id -> new HashSet<>()).add(userId);
    groups.computeIfAbsent(userId, id -> new HashSet<>()).add(groupId);
    memberships++;
    return true;
  }

  @Override
  public void remove(String groupId, String userId, Consumer<Boolean> done) {
    if (isMember(groupId, userId)) {
      members.computeIfPresent(groupId, (id, users) -> without(users, userId));
      groups.computeIfPresent(userId, (id, theirs) -> without(theirs, groupId));
      memberships--;
    }
    done.accept(true);
  }

  /** The rest, or nothing if there is none: an empty set costs what a full one does. */
  private static Set<String> without(Set<String> ids, String id) {
    ids.remove(id);
    return ids.isEmpty() ? null : ids;
  }

  @Override
  public void noteGroupMessage(String groupId, String messageId) {
    note(groupMessages, groupId, messageId);
  }

  @Override
  public void noteUserMessage(String userId, String messageId) {
    note(userMessages, userId, messageId);
  }

  private static void note(Map<String, Deque<String>> lists, String id, String messageId) {
    Deque<String> list = lists.computeIfAbsent(id, given -> new ArrayDeque<>());
    list.addFirst(messageId);
    if (list.size() > IDS_PER_LIST) {
      list.removeLast();
    }
  }

  /** The newest messages to a group, newest first. */
  List<String> groupMessages(String groupId) {
    return List.copyOf(groupMessages.getOrDefault(groupId, new ArrayDeque<>()));
  }

  /** The newest messages to a user, newest first. */
  List<String> userMessages(String userId) {
    return List.copyOf(userMessages.getOrDefault(userId, new ArrayDeque<>()));
  }

  /** A map that forgets what was not touched for longest. */
  private static <V> Map<String, V> newest(int most) {
    return new LinkedHashMap<>(16, 0.75f, true) {
      private static final long serialVersionUID = 1;

      @Override
      protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
        return size() > most;
      }
    };
  }
}
