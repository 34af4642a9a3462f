package dev.roost.mesh;

import dev.roost.core.CleanText;
import dev.roost.core.CloseReason;
import dev.roost.core.Connection;
import dev.roost.core.OncePer;
import dev.roost.mesh.MeshMessages.Fault;
import dev.roost.mesh.MeshMessages.Faulty;
import dev.roost.mesh.MeshMessages.Inbound;
import dev.roost.transport.LimitedReceiver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A device's connection; what it sends reaches the organisation's loop as a checked message. */
final class MeshReceiver extends LimitedReceiver {
  private static final Logger log = LoggerFactory.getLogger(MeshReceiver.class);

  private final Organization organization;
  private final Introduction introduction;
  private final String address;
  private final MeshSettings settings;
  private final MeshCodec.Heads heads;
  /** Made with the first pong that counts. */
  private OncePer pongs;

  /** @param address where it comes from, for the log */
  MeshReceiver(Organization organization, Introduction introduction, String address, Rate rate, MeshSettings settings) {
    super(rate);
    this.organization = organization;
    this.introduction = introduction;
    this.address = address;
    this.settings = settings;
    heads = MeshCodec.heads(introduction.clientId());
  }

  @Override
  protected void connected(Connection connection) {
    if (log.isDebugEnabled()) {
      log.debug("Mesh {}: {} connects from {}", organization.id(), CleanText.line(introduction.clientId()), address);
    }
    onLoop(() -> organization.connect(connection, introduction));
  }

  @Override
  protected void accepted(byte[] json) {
    if (!organization.inFlight().admit(json.length)) {
      limited();
      return;
    }
    Inbound message = MeshParser.parse(json, heads, connection().loop()::now);
    onLoop(() -> {
      organization.inFlight().done(json.length);
      organization.receive(introduction.clientId(), connection(), message);
    });
  }

  @Override
  protected void limited() {
    onLoop(() -> organization.receive(introduction.clientId(), connection(), new Faulty(Fault.RATE_LIMITED)));
  }

  /** D7. A device may send pongs that nobody asked for, as many as it likes, so not each of them counts. */
  @Override
  public void pong() {
    if (!settings.pongKeepsAlive()) {
      return;
    }
    if (pongs == null) {
      pongs = new OncePer(settings.heartbeatInterval().dividedBy(2));
    }
    if (pongs.allow(connection().loop().nanos())) {
      onLoop(() -> organization.pong(introduction.clientId(), connection()));
    }
  }

  @Override
  public void closed(CloseReason reason) {
    if (log.isDebugEnabled()) {
      log.debug("Mesh {}: {} at {} is gone: {} {}", organization.id(), CleanText.line(introduction.clientId()), address, reason.code(), CleanText.line(reason.text()));
    }
    onLoop(() -> organization.disconnect(introduction.clientId(), connection()));
  }

  /** A failure here is a fault of ours: this device's view can no longer be trusted, so it is sent away to begin anew. */
  private void onLoop(Runnable task) {
    organization.loop().execute(() -> {
      try {
        task.run();
      } catch (RuntimeException e) {
        log.error("Something that a device of {} did could not be handled", organization.id(), e);
        connection().close(new CloseReason(1011, "Internal error"));
      }
    });
  }
}
