package dev.roost.gallery;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The connections that are in no room; they can send each other direct messages (D5). Of several with one user id the newest is meant. */
final class Lobby {
  private final Map<String, List<Client>> byUserId = new HashMap<>();

  void enter(Client client) {
    byUserId.computeIfAbsent(client.id(), id -> new ArrayList<>(1)).add(client);
  }

  /** Does nothing for who is not here. */
  void leave(Client client) {
    List<Client> same = byUserId.get(client.id());
    if (same != null && same.remove(client) && same.isEmpty()) {
      byUserId.remove(client.id());
    }
  }

  Optional<Client> find(String userId) {
    return Optional.ofNullable(byUserId.get(userId)).map(List::getLast);
  }
}
