package dev.roost.gallery;

import dev.roost.core.Audience;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.core.Loop;
import dev.roost.core.RawJson;
import dev.roost.gallery.GalleryMessages.Annotation;
import dev.roost.gallery.GalleryMessages.AnnotationAdd;
import dev.roost.gallery.GalleryMessages.AnnotationRemove;
import dev.roost.gallery.GalleryMessages.BadStateUpdate;
import dev.roost.gallery.GalleryMessages.Broadcast;
import dev.roost.gallery.GalleryMessages.CameraFrame;
import dev.roost.gallery.GalleryMessages.Effect;
import dev.roost.gallery.GalleryMessages.Fault;
import dev.roost.gallery.GalleryMessages.Faults;
import dev.roost.gallery.GalleryMessages.FocusChange;
import dev.roost.gallery.GalleryMessages.HostOnly;
import dev.roost.gallery.GalleryMessages.JoinRoom;
import dev.roost.gallery.GalleryMessages.Nothing;
import dev.roost.gallery.GalleryMessages.Outbound;
import dev.roost.gallery.GalleryMessages.RoomJoined;
import dev.roost.gallery.GalleryMessages.StateUpdate;
import dev.roost.gallery.GalleryMessages.UserJoined;
import dev.roost.gallery.GalleryMessages.UserLeft;
import dev.roost.gallery.RoomJournal.Entry;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * One room (2.2 to 2.6 of the contract): its members in the order in which they came, its state, and who may do what. {@link Rooms} decides who gets in. On
 * Gallery's loop.
 */
final class Room {
  private final String id;
  private final long number;
  private final RoomConfig config;
  private final GallerySettings settings;
  private final Loop loop;
  private final Function<Outbound, Frame> encode;
  private final RoomJournal journal;
  private final Instant createdAt;
  private final RoomState state;
  private final Map<String, Client> members = new LinkedHashMap<>(4);
  private final Audience audience = new Audience();
  private Instant lastActivity;
  private long lastActivityNanos;

  /** @param number orders rooms by their creation, also those of one moment, and those of before a restart */
  Room(String id, long number, RoomConfig config, Instant createdAt, GallerySettings settings, Loop loop, Function<Outbound, Frame> encode, RoomJournal journal) {
    this.id = id;
    this.number = number;
    this.config = config;
    this.createdAt = createdAt;
    this.settings = settings;
    this.loop = loop;
    this.encode = encode;
    this.journal = journal;
    state = new RoomState(settings.maxStateBytes(), settings.maxAnnotations());
    touch();
  }

  String id() {
    return id;
  }

  long number() {
    return number;
  }

  RoomConfig config() {
    return config;
  }

  RoomState state() {
    return state;
  }

  Instant createdAt() {
    return createdAt;
  }

  Instant lastActivity() {
    return lastActivity;
  }

  /** By the clock that does not jump. */
  long idleNanos() {
    return loop.nanos() - lastActivityNanos;
  }

  Collection<Client> members() {
    return members.values();
  }

  Optional<Client> member(String userId) {
    return Optional.ofNullable(members.get(userId));
  }

  /** What a join costs: the state is written out for the joiner. */
  long snapshotBytes() {
    return state.bytes();
  }

  /** 2.3: why this user cannot join, if so. Capacity comes before the password (D6); who is a member already is never one too many. */
  Optional<String> refusal(String userId, Optional<String> password) {
    // The operator may have lowered the limit since the room was made.
    if (!members.containsKey(userId) && members.size() >= Math.min(config.maxUsers(), settings.maxUsersPerRoom())) {
      return Optional.of(Faults.ROOM_IS_FULL);
    }
    boolean proven = config.password().isEmpty() || password.filter(config.password().get()::matches).isPresent();
    return proven ? Optional.empty() : Optional.of(Faults.INVALID_PASSWORD);
  }

  /**
   * 2.3: the roster, then the snapshot for the joiner, then the news for the others, all in one turn, so the joiner sees every event after its snapshot and none before.
   *
   * @return the connection that lost this membership to a newer one of the same user
   */
  Optional<Client> join(Client client, JoinRoom message) {
    Role role = message.userInfo().role().orElse(client.role());
    Role granted = role == Role.HOST && !settings.acceptsHost(message.hostKey()) ? Role.EDITOR : role;
    Optional<Client> previous = member(client.id());
    boolean isNews = previous.isEmpty() || previous.get().differsAfter(client, message.userInfo(), granted);
    client.present(message.userInfo(), granted);
    // Keeps the place in the order of those who were there.
    members.put(client.id(), client);
    Optional<Client> displaced = previous.filter(other -> other != client);
    displaced.ifPresent(other -> {
      audience.remove(other.connection());
      other.left();
    });
    if (previous.isEmpty() || displaced.isPresent()) {
      client.entered(this);
    }
    audience.add(client.connection());
    touch();
    client.connection().send(encode.apply(
        new RoomJoined(message.requestId(), id, members.values(), state, state.focusPoints(loop.nanos()), createdAt, loop.now())));
    if (isNews) {
      audience.sendToOthers(client.connection(), encode.apply(new UserJoined(client, loop.now())), Delivery.RELIABLE);
    }
    return displaced;
  }

  /** 2.4. Only a member's own connection gets here. */
  void leave(Client client) {
    members.remove(client.id());
    audience.remove(client.connection());
    client.left();
    state.dropFocusPoints(client.id());
    touch();
    audience.send(encode.apply(new UserLeft(client.id())), Delivery.RELIABLE);
  }

  /**
   * A message of a member for the others: what it does to the state, then the relay.
   *
   * @return what is wrong with it, if so; then nothing happened
   */
  Optional<String> broadcast(Client sender, Broadcast message) {
    Optional<String> fault = denial(sender, message.effect()).or(() -> apply(sender, message.effect()));
    if (fault.isEmpty()) {
      touch();
      audience.sendToOthers(sender.connection(), message.relay(), message.delivery());
    }
    return fault;
  }

  // ---- 2.5: roles

  /** Why a member may not send something of this effect, if so: to all, or to one. */
  Optional<String> denial(Client sender, Effect effect) {
    Permissions permissions = config.permissions();
    boolean allowed = switch (effect) {
      case Nothing nothing -> true;
      case FocusChange change -> true;
      case CameraFrame frame -> may(sender, permissions.cameraControl());
      case HostOnly hostOnly -> may(sender, Role.HOST);
      case StateUpdate update -> mayUpdate(sender, update);
      case BadStateUpdate bad -> mayChangeState(sender, permissions.sceneChange());
      case AnnotationAdd add -> may(sender, permissions.annotations()) && (state.allowsAnnotations() || may(sender, Role.HOST));
      case AnnotationRemove remove -> mayRemove(sender, remove);
    };
    return allowed ? Optional.empty() : Optional.of(Faults.PERMISSION_DENIED);
  }

  private Optional<String> apply(Client sender, Effect effect) {
    return switch (effect) {
      case Nothing nothing -> Optional.empty();
      case CameraFrame frame -> Optional.empty();
      case HostOnly hostOnly -> Optional.empty();
      case StateUpdate update -> update(sender, update);
      case BadStateUpdate bad -> Optional.of(Faults.INVALID_STATE_UPDATE);
      case AnnotationAdd add -> annotate(add);
      case AnnotationRemove remove -> remove(remove);
      case FocusChange change -> focus(sender, change);
    };
  }

  private boolean may(Client sender, Role least) {
    return !settings.roleEnforcement() || Permissions.reaches(sender.role(), least);
  }

  /** Where nobody asked for a role, everybody may change the state, as in the original. */
  private boolean mayChangeState(Client sender, Role least) {
    return may(sender, least) || isLeaderless();
  }

  private boolean isLeaderless() {
    return members.values().stream().allMatch(member -> member.role() == Role.VIEWER);
  }

  /** An update that touches one key that is denied is refused whole. */
  private boolean mayUpdate(Client sender, StateUpdate update) {
    boolean tree = update.keys().containsKey("treeViewState");
    boolean onlyTree = tree && update.keys().size() == 1 && update.annotations().isEmpty() && update.focusPoints().isEmpty();
    return (onlyTree || mayChangeState(sender, config.permissions().sceneChange())) && (!tree || mayChangeState(sender, config.permissions().treeViewChange()));
  }

  /** An unknown id is relayed without effect. */
  private boolean mayRemove(Client sender, AnnotationRemove remove) {
    Optional<Annotation> known = remove.id().flatMap(state::annotation);
    return known.isEmpty() || known.get().author().equals(Optional.of(sender.id())) || may(sender, Role.HOST);
  }

  private Optional<String> annotate(AnnotationAdd add) {
    Optional<String> id = add.annotation().id();
    if (id.isEmpty() || state.annotation(id.get()).isPresent()) {
      return Optional.empty();
    }
    Optional<String> refusal = state.refusal(add.annotation(), loop.nanos());
    if (refusal.isEmpty()) {
      record(state.add(add.annotation()));
    }
    return refusal;
  }

  private Optional<String> remove(AnnotationRemove remove) {
    remove.id().map(state::remove).filter(entries -> !entries.isEmpty()).ifPresent(this::record);
    return Optional.empty();
  }

  private Optional<String> focus(Client sender, FocusChange change) {
    if (change.focus().isPresent()) {
      return state.focus(sender.id(), change.focus().get(), loop.nanos());
    }
    state.dropFocusPoints(sender.id());
    return Optional.empty();
  }

  // ---- 2.6: state and versions

  private Optional<String> update(Client sender, StateUpdate update) {
    if (isStale(sender, update)) {
      return Optional.of(Faults.STALE_STATE_UPDATE);
    }
    Optional<String> refusal = state.refusal(update, loop.nanos());
    if (refusal.isEmpty()) {
      update.version().ifPresent(sender::lastVersion);
      record(state.merge(update, loop.nanos()));
    }
    return refusal;
  }

  /** D1: clients number their updates independently, so a number is judged against the same sender's last one only, unless the operator wants it strict. */
  private boolean isStale(Client sender, StateUpdate update) {
    if (update.version().isEmpty()) {
      return false;
    }
    double version = update.version().getAsDouble();
    boolean repeated = sender.lastVersion().isPresent() && version <= sender.lastVersion().getAsDouble();
    return repeated || settings.strictVersions() && version < state.version();
  }

  private void record(List<Entry> entries) {
    if (config.persistent()) {
      journal.write(this, entries);
    }
  }

  private void touch() {
    lastActivity = loop.now();
    lastActivityNanos = loop.nanos();
  }

  // ---- The end of a room

  /** Section 7: the members are told, hear of each other that they left, and are out of the room. */
  void dissolve() {
    for (Client member : members.values()) {
      member.connection().send(encode.apply(new Fault(Faults.ROOM_DELETED, RawJson.ABSENT)));
      member.left();
    }
    for (Client member : members.values()) {
      audience.sendToOthers(member.connection(), encode.apply(new UserLeft(member.id())), Delivery.RELIABLE);
    }
    members.clear();
    audience.members().forEach(audience::remove);
  }
}
