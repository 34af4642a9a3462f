package dev.roost.mesh;

import java.time.Instant;
import java.util.List;

/**
 * A device that is connected, as others see it.
 *
 * @param capabilities what it says it can do
 * @param lastSeen when something last came from it
 */
public record MeshClient(String id, String name, List<String> capabilities, Instant lastSeen) {

  static MeshClient of(Client client) {
    return new MeshClient(client.id(), client.introduction().name(), client.introduction().capabilities().names(), client.lastSeen());
  }
}
