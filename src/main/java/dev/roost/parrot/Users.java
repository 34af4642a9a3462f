package dev.roost.parrot;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The registry: every accepted user until its end is known, in the order of arrival. */
final class Users {
  private final Map<String, User> byId = new LinkedHashMap<>();

  void add(User user) {
    byId.put(user.id, user);
  }

  /** False if it was not, or is no longer, registered. */
  boolean remove(User user) {
    return byId.remove(user.id, user);
  }

  boolean contains(User user) {
    return byId.get(user.id) == user;
  }

  Optional<User> find(String id) {
    return Optional.ofNullable(byId.get(id));
  }

  Collection<User> all() {
    return byId.values();
  }

  int size() {
    return byId.size();
  }
}
