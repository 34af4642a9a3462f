package dev.roost.server;

import dev.roost.mesh.MeshClient;

/**
 * What happens in a {@link MiniServer}. Called in the order of the events, one after the other, on a thread that is there for nothing else: a listener may take its time and call the server, {@link MiniServer#stop}
 * included. What it throws is logged, errors included. {@link #started} is the first it hears of a run, {@link #stopped} the last, before anything of the next run; of a start that fails it hears nothing.
 *
 * <p>10,000 events may wait for it, of them 5,000 locations and 4 MiB of them; beyond that they are dropped, and the log says so. The program does not end before it has heard all.
 */
public interface MiniServerListener {

  /** The server listens. */
  default void started(int port) {}

  /** The server has stopped, and its own device is in office no more; the last event until it is started again. */
  default void stopped() {}

  /** A device has joined; not called when it only changed its connection. */
  default void clientConnected(MeshClient client) {}

  /** A device is gone. */
  default void clientDisconnected(String clientId) {}

  /**
   * Somebody has taken office.
   *
   * @param isMainAdmin whether it is the main admin, which nobody elected
   * @param term higher than that of any admin before
   */
  default void adminElected(String deviceId, boolean isMainAdmin, long term) {}

  /** Nobody is in office. */
  default void officeVacant(long term) {}

  /** The server's own device has taken office. */
  default void promoted(long term) {}

  /** The server's own device is in office no more. */
  default void demoted(long term) {}

  /**
   * A device has said where it is.
   *
   * @param location the JSON object that it sent; its latitude and longitude are valid
   */
  default void locationUpdated(String clientId, String location) {}
}
