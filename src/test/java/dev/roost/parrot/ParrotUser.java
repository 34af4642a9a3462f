package dev.roost.parrot;

import dev.roost.sim.Json;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** A user of a {@link ParrotWorld}. */
final class ParrotUser extends ParrotClient {
  private Optional<User> accepted = Optional.empty();

  ParrotUser(ParrotWorld world, String name, String ip) {
    super(world, name);
    world.loop.run(() -> accepted = world.session.connectUser(connection, ip));
  }

  boolean isAccepted() {
    return accepted.isPresent();
  }

  /** The id that the server gave it. */
  String id() {
    return accepted.orElseThrow().id;
  }

  /** Sends JSON; single quotes stand for double ones. */
  ParrotUser send(String json) {
    return sendVerbatim(Json.quoted(json));
  }

  ParrotUser sendVerbatim(String json) {
    world.loop.run(() -> accepted.ifPresent(user -> world.session.receive(user, ParrotParser.fromUser(json.getBytes(StandardCharsets.UTF_8)))));
    return this;
  }

  /** Sends a handshake with these fields, which are texts: key, value, key, value. */
  ParrotUser handshake(String... fields) {
    StringBuilder json = new StringBuilder("{'type':'handshake'");
    for (int i = 0; i < fields.length; i += 2) {
      json.append(",'").append(fields[i]).append("':'").append(fields[i + 1]).append('\'');
    }
    return send(json.append('}').toString());
  }

  /** Sends one data point. */
  ParrotUser data(String point) {
    return send("{'type':'data','data':" + point + "}");
  }

  /** Sends some data point. */
  ParrotUser data() {
    return data("{'id':1}");
  }

  ParrotUser request() {
    return send("{'type':'request_sender_role'}");
  }

  @Override
  void leave() {
    world.loop.run(() -> accepted.ifPresent(world.session::disconnectUser));
  }
}
