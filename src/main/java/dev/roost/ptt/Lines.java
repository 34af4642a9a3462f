package dev.roost.ptt;

import dev.roost.core.Connection;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.core.Loop;
import dev.roost.ptt.PeerMessage.Kind;
import dev.roost.ptt.PeerMessage.ToGroup;
import dev.roost.ptt.PeerMessage.ToUser;
import dev.roost.ptt.PttMessages.Head;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The ways to users and groups, on this server and on others. On the loop of the switchboard. */
final class Lines {
  /** A START says when it was, mostly; one that carries more than that counts as a text would. */
  private static final int LONGEST_FREE = 1 << 10;

  private final Map<String, User> users;
  private final Backbone backbone;
  private final Loop loop;
  private final PttSettings settings;
  private final PttFigures figures;

  /** @param users who is connected, by id; only read */
  Lines(Map<String, User> users, Backbone backbone, Loop loop, PttSettings settings, PttFigures figures) {
    this.users = users;
    this.backbone = backbone;
    this.loop = loop;
    this.figures = figures;
    this.settings = settings;
  }

  boolean isHere(String userId) {
    return users.containsKey(userId);
  }

  /** Those of a user that this server has; a copy. */
  List<Client> connectionsOf(String userId) {
    User user = users.get(userId);
    return user == null ? List.of() : List.copyOf(user.clients());
  }

  /** The connection of the same user that has begun to speak there: this one, if another has not. */
  Client speaker(Client client, Head head) {
    List<Client> own = users.get(client.userId()).clients();
    if (own.size() > 1 && client.transmission(head) == null) {
      for (Client other : own) {
        if (other.transmission(head) != null) {
          return other;
        }
      }
    }
    return client;
  }

  /** To all connections of a user, wherever they are. */
  void toUser(String userId, Frame frame, Delivery delivery) {
    toUserHere(userId, frame, delivery);
    if (backbone.hasPeers()) {
      backbone.send(new ToUser(userId, delivery == Delivery.DROPPABLE, payload(frame)));
    }
  }

  /** What is reliable and more than a user may get is dropped, so that nobody can fill another's queue until that one is closed. */
  void toUserHere(String userId, Frame frame, Delivery delivery) {
    User user = users.get(userId);
    if (user == null) {
      return;
    }
    if (delivery == Delivery.DROPPABLE || user.mayReceive(frame.length(), settings, loop.nanos())) {
      user.send(frame, delivery);
    } else {
      figures.limited.increment();
    }
  }

  /** To the connected members of a group but the sender, wherever they are. */
  void toGroup(TalkGroup group, String senderId, Frame frame, Kind kind) {
    toGroup(group, senderId, frame, kind, Floor.UNORDERED);
  }

  /** @param order of the sender's grant, where the frame has to do with the floor */
  void toGroup(TalkGroup group, String senderId, Frame frame, Kind kind, long order) {
    toGroupHere(group, senderId, frame, kind);
    if (backbone.hasPeers()) {
      backbone.send(new ToGroup(group.id(), senderId, kind, order, payload(frame)));
    }
  }

  void toGroupHere(TalkGroup group, String senderId, Frame frame, Kind kind) {
    boolean isBounded = kind == Kind.OTHER || kind == Kind.START && frame.length() > LONGEST_FREE;
    if (isBounded && !group.mayReceive(frame.length(), settings, loop.nanos())) {
      figures.limited.increment();
      return;
    }
    Delivery delivery = kind == Kind.SPOKEN || kind == Kind.AUDIO ? Delivery.DROPPABLE : Delivery.RELIABLE;
    User sender = users.get(senderId);
    List<Client> own = sender == null ? List.of() : sender.clients();
    switch (own.size()) {
      case 0 -> group.audience().send(frame, delivery);
      case 1 -> group.audience().sendToOthers(own.getFirst().connection(), frame, delivery);
      default -> group.audience().sendToOthers(own.stream().map(Client::connection).collect(Collectors.toCollection(Lines::identities)), frame, delivery);
    }
  }

  void tellOthers(PeerMessage message) {
    backbone.send(message);
  }

  private static Set<Connection> identities() {
    return Collections.newSetFromMap(new IdentityHashMap<>());
  }

  private static byte[] payload(Frame frame) {
    return Arrays.copyOfRange(frame.wire(), frame.payloadStart(), frame.length());
  }
}
