package dev.roost.gallery;

import dev.roost.core.ByteBudget;
import dev.roost.core.CleanText;
import dev.roost.core.Connection;
import dev.roost.core.RawJson;
import dev.roost.gallery.GalleryMessages.UserInfo;
import java.util.Optional;
import java.util.OptionalDouble;

/** A connection (2.1 of the contract), in a room or in none. The id is the identity, claimed at the upgrade and fixed; the rest is what it last joined with. */
final class Client {
  /** 2.3. */
  static final int MAX_NAME = 64;
  private static final long SMALL_SNAPSHOT = 65_536;
  private static final long SNAPSHOT_BYTES_PER_SECOND = 4 << 20;

  private final Connection connection;
  private final String id;
  private final String address;
  /** Made with the first fault: most clients never commit one. */
  private RepeatedFaults faults;
  /** Made with the first large room. */
  private ByteBudget snapshots;

  private String name;
  private Role role = Role.VIEWER;
  private RawJson avatar = RawJson.ABSENT;
  private Optional<Room> room = Optional.empty();
  /** Of this membership (2.6); empty until the first one. */
  private OptionalDouble lastVersion = OptionalDouble.empty();

  Client(Connection connection, String id, String address) {
    this.connection = connection;
    this.id = id;
    this.address = address;
    // The others see it, so it is cleaned like any name.
    name = CleanText.name(id, MAX_NAME).orElse("user");
  }

  Connection connection() {
    return connection;
  }

  String id() {
    return id;
  }

  String address() {
    return address;
  }

  String name() {
    return name;
  }

  Role role() {
    return role;
  }

  RawJson avatar() {
    return avatar;
  }

  Optional<Room> room() {
    return room;
  }

  OptionalDouble lastVersion() {
    return lastVersion;
  }

  void lastVersion(double version) {
    lastVersion = OptionalDouble.of(version);
  }

  /** 2.3: only a join that succeeded changes these. */
  void present(UserInfo info, Role granted) {
    name = info.name().orElse(name);
    role = granted;
    avatar = info.avatar();
  }

  /** Whether the others see something new when this member becomes what another connection (or this one) says. */
  boolean differsAfter(Client joining, UserInfo info, Role granted) {
    return !name.equals(info.name().orElse(joining.name)) || role != granted || !avatar.sameAs(info.avatar());
  }

  void entered(Room entered) {
    room = Optional.of(entered);
    lastVersion = OptionalDouble.empty();
  }

  void left() {
    room = Optional.empty();
  }

  /** Whether this client may have a snapshot of so many bytes now: who joins large rooms again and again would keep the loop busy with nothing else. */
  boolean mayTake(long snapshotBytes, long nanos) {
    if (snapshotBytes <= SMALL_SNAPSHOT) {
      return true;
    }
    if (snapshots == null) {
      snapshots = new ByteBudget(SNAPSHOT_BYTES_PER_SECOND, 2 * SNAPSHOT_BYTES_PER_SECOND, nanos);
    }
    return snapshots.take(snapshotBytes, nanos);
  }

  /** Whether this client may be told of this fault now; if so, it counts as told. */
  boolean mayHear(String fault, RawJson requestId, long nanos) {
    if (faults == null) {
      faults = new RepeatedFaults();
    }
    return faults.allow(fault, requestId, nanos);
  }
}
