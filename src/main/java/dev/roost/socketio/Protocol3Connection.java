package dev.roost.socketio;

import dev.roost.core.CloseReason;
import dev.roost.core.Connection;
import dev.roost.core.ConnectionId;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.core.Loop;

/**
 * The WebSocket of a client of protocol 3: there a binary message begins with a byte that tells its type, too.
 *
 * @param socket what is below
 */
record Protocol3Connection(Connection socket) implements Connection {
  static final byte MESSAGE = 4;

  @Override
  public ConnectionId id() {
    return socket.id();
  }

  @Override
  public Loop loop() {
    return socket.loop();
  }

  @Override
  public void send(Frame frame, Delivery delivery) {
    socket.send(frame.isBinary() ? typed(frame) : frame, delivery);
  }

  private static Frame typed(Frame frame) {
    byte[] payload = new byte[1 + frame.payloadLength()];
    payload[0] = MESSAGE;
    System.arraycopy(frame.wire(), frame.payloadStart(), payload, 1, frame.payloadLength());
    return Frame.binary(payload, 0, payload.length);
  }

  @Override
  public void close(CloseReason reason) {
    socket.close(reason);
  }
}
