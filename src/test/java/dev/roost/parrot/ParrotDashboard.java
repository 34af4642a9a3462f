package dev.roost.parrot;

import dev.roost.sim.Json;
import java.nio.charset.StandardCharsets;

/** A dashboard of a {@link ParrotWorld}. */
final class ParrotDashboard extends ParrotClient {
  private final boolean operator;

  ParrotDashboard(ParrotWorld world, String name, boolean operator) {
    super(world, name);
    this.operator = operator;
    world.loop.run(() -> world.session.connectDashboard(connection, operator));
  }

  /** Sends JSON; single quotes stand for double ones. */
  void send(String json) {
    world.loop.run(
        () -> world.session.receive(connection, operator, ParrotParser.fromDashboard(Json.quoted(json).getBytes(StandardCharsets.UTF_8))));
  }

  void promote(ParrotUser user) {
    send("{'type':'promoteUser','userId':'" + user.id() + "'}");
  }

  void kick(ParrotUser user) {
    send("{'type':'kickUser','userId':'" + user.id() + "'}");
  }

  void demote() {
    send("{'type':'demoteUser'}");
  }

  void getStats() {
    send("{'type':'getStats'}");
  }

  /** The state in the newest stats that came; looks at all. */
  Json newestStats() {
    return take("stats").getLast().at("data");
  }

  @Override
  void leave() {
    world.loop.run(() -> world.session.disconnectDashboard(connection));
  }
}
