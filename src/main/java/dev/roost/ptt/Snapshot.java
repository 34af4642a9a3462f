package dev.roost.ptt;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;

/**
 * Everybody who is online at a time. What is made of it is made once, however many ask: with many users that takes long, so it is asked for beside the loop first. Any thread; who comes second waits for the first.
 */
final class Snapshot {
  private final List<Status> users;
  private final long timestamp;
  private Map<String, Status> byUser;
  private byte[] encoded;

  /**
   * @param users each once, all online; not changed any more
   * @param timestamp ms since 1970
   */
  Snapshot(List<Status> users, long timestamp) {
    this.users = users;
    this.timestamp = timestamp;
  }

  List<Status> users() {
    return users;
  }

  /** Ms since 1970. */
  long timestamp() {
    return timestamp;
  }

  synchronized Map<String, Status> byUser() {
    if (byUser == null) {
      Map<String, Status> index = HashMap.newHashMap(users.size());
      users.forEach(status -> index.put(status.userId(), status));
      byUser = index;
    }
    return byUser;
  }

  /** What the writer, always the same, makes of it; read only. */
  synchronized byte[] encoded(Function<Snapshot, byte[]> writer) {
    if (encoded == null) {
      encoded = writer.apply(this);
    }
    return encoded;
  }

  /** Those of them who are among these. */
  Snapshot only(Set<String> userIds) {
    Map<String, Status> all = byUser();
    return new Snapshot(userIds.stream().map(all::get).filter(Objects::nonNull).toList(), timestamp);
  }
}
