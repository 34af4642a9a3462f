package dev.roost.ptt;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Logins, memberships and message ids that outlive a connection (section 2.7: {@code u.<userId>}, {@code u.<userId>.g}, {@code g.<groupId>.u}, {@code ._g_<groupId>}, {@code m.<userId>.u}). Called on the loop of the switchboard,
 * never blocks; answers arrive on that loop, perhaps before the method returns.
 */
interface Registry {

  /**
   * Notes a login; hears the device of the login before and the number of this one, or {@link Login#UNKNOWN} if the state cannot be reached. Then the connection may ask again: it hears what it should have heard, if its first question was
   * carried out after all.
   */
  void login(Arrival arrival, Consumer<Login> done);

  /** The members that were added to a group; empty if they cannot be read at present. */
  void members(String groupId, Consumer<Optional<Set<String>>> done);

  /** The groups that a user was added to; empty if they cannot be read at present. */
  void groups(String userId, Consumer<Optional<Set<String>>> done);

  /** Adds a member; hears whether it was written. */
  void add(String groupId, String userId, Consumer<Boolean> done);

  /** Removes a member; hears whether it was written. */
  void remove(String groupId, String userId, Consumer<Boolean> done);

  /** Notes a message to a group: the newest fifty are kept. */
  void noteGroupMessage(String groupId, String messageId);

  /** Notes a message to a user. */
  void noteUserMessage(String userId, String messageId);

  /** What is counted, by name. */
  default Map<String, Number> figures() {
    return Map.of();
  }

  /**
   * A connection that logs in.
   *
   * @param connection names it among those of all servers
   * @param age how long it has been there, if it asks again: a login that others made since then is the newer one; zero if it asks for the first time
   */
  record Arrival(String userId, String deviceId, String connection, Duration age) {}

  /**
   * What is known of a login.
   *
   * @param device the device of the login before, if there was one
   * @param order grows with every login of the user; 0 if the state could not be reached
   */
  record Login(Optional<String> device, long order) {
    static final Login UNKNOWN = new Login(Optional.empty(), 0);

    boolean isKnown() {
      return order > 0;
    }
  }
}
