package dev.roost.mesh;

import dev.roost.core.RawJson;
import java.util.Optional;

/**
 * What a program that runs a mesh may want to know. Called on the loop of the organisation, in the order in which things happen; must not block.
 */
public interface MeshListener {
  /** For who wants to know nothing. */
  MeshListener NONE = new MeshListener() {};

  /** A device has joined; not called when a newer connection of a device takes the place of its old one. */
  default void clientConnected(String organizationId, MeshClient client) {}

  /** A device is gone, for whatever reason. */
  default void clientDisconnected(String organizationId, String clientId) {}

  /** A device was turned away because so many are connected; called once a minute at most. */
  default void organizationFull(String organizationId, int maxClients) {}

  /**
   * The office has changed hands, or has fallen vacant.
   *
   * @param deviceId who is in office now
   * @param isMainAdmin whether it is the main admin, which nobody elected
   * @param term the term that begins; higher than any before
   */
  default void officeChanged(String organizationId, Optional<String> deviceId, boolean isMainAdmin, long term) {}

  /**
   * A device has said where it is.
   *
   * @param location the JSON object that it sent; latitude and longitude are checked
   */
  default void locationUpdated(String organizationId, String clientId, RawJson location) {}
}
