package dev.roost.server;

import dev.roost.core.CleanText;
import dev.roost.mesh.MeshListener;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes into the log what operators of a mesh ask first: who is in office, and whether there is room. */
final class MeshLog implements MeshListener {
  private static final Logger log = LoggerFactory.getLogger(MeshLog.class);

  @Override
  public void organizationFull(String organizationId, int maxClients) {
    log.warn("Mesh {} is full: more than {} devices (MAX_CLIENTS) want to connect", organizationId, maxClients);
  }

  @Override
  public void officeChanged(String organizationId, Optional<String> deviceId, boolean isMainAdmin, long term) {
    if (deviceId.isPresent()) {
      log.info("Mesh {}: {} is {} (term {})", organizationId, CleanText.line(deviceId.get()), isMainAdmin ? "main admin" : "elected admin", term);
    } else {
      log.info("Mesh {}: nobody is in office (term {})", organizationId, term);
    }
  }
}
