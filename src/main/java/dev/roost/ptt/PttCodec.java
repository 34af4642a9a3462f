package dev.roost.ptt;

import dev.roost.core.Frame;
import dev.roost.ptt.PttMessages.ConnectionAck;
import dev.roost.ptt.PttMessages.Head;
import dev.roost.ptt.PttMessages.LoginDuplicated;
import dev.roost.ptt.PttMessages.Outbound;
import dev.roost.ptt.PttMessages.PresenceBatch;
import dev.roost.ptt.PttMessages.PresenceSnapshot;
import dev.roost.ptt.PttMessages.PresenceUpdate;
import dev.roost.ptt.PttMessages.Raw;
import dev.roost.ptt.PttMessages.Refused;
import dev.roost.ptt.PttMessages.StartAck;
import dev.roost.ptt.PttMessages.StartFailed;
import dev.roost.ptt.PttMessages.StopAck;
import dev.roost.ptt.PttMessages.Stopped;
import dev.roost.ptt.PttMessages.TextAck;
import dev.roost.ptt.PttMessages.TextRelay;
import dev.roost.ptt.PttMessages.UnauthorizedGroup;
import dev.roost.transport.json.JsonOut;
import dev.roost.transport.msgpack.MsgPackOut;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** Writes what the server says itself (section 3 of the contract). Any thread. */
final class PttCodec {
  private static final int USUAL_BYTES = 128;
  private static final int STATUS_BYTES = 80;
  private static final String ACKNOWLEDGED = "Acknowledged";
  /** Presence frames have a message id, because clients read their payload at index 5. */
  private static final AtomicLong PRESENCE_IDS = new AtomicLong();

  private PttCodec() {}

  static Frame encode(Outbound message) {
    MsgPackOut out = new MsgPackOut(USUAL_BYTES);
    return switch (message) {
      case Stopped stopped -> begin(out, stopped.head(), MessageType.STOP).string(stopJson(stopped)).toFrame();
      case StartAck ack -> put(withoutId(out, ack.head(), MessageType.START_ACK, ack.head().isGroup()), ack.payload()).toFrame();
      case StopAck ack -> withServerId(out, ack.head(), MessageType.STOP_ACK, ack.messageId()).string(ACKNOWLEDGED).toFrame();
      case StartFailed failed -> withServerId(out, failed.head(), MessageType.START_FAILED, Optional.empty()).string(failed.reason()).toFrame();
      case TextRelay text -> begin(out, text.head(), text.isInteractive() ? MessageType.INTERACTIVE : MessageType.TEXT)
          .string(new JsonOut().put("message_id", text.messageId()).put("text", text.text()).toText()).toFrame();
      case TextAck ack -> withServerId(out, ack.head(), ack.isInteractive() ? MessageType.INTERACTIVE_ACK : MessageType.TEXT_ACK, Optional.of(ack.messageId()))
          .string(ACKNOWLEDGED).toFrame();
      case UnauthorizedGroup unauthorized -> withServerId(out, unauthorized.head(), MessageType.UNAUTHORIZED_GROUP, Optional.empty()).string("Unauthorized Group").toFrame();
      case ConnectionAck ack -> put(fromServer(out, 5, 1, MessageType.CONNECTION_ACK).string(ack.userId()), ack.payload()).toFrame();
      case LoginDuplicated login -> fromServer(out, 5, 1, MessageType.LOGIN_DUPLICATED).string(login.userId())
          .string("User " + login.userId() + " has logged in with another device: " + login.deviceId()).toFrame();
      case Refused refused -> fromServer(out, 5, 1, MessageType.STATUS).string(refused.userId()).map(3).string("type").string("error")
          .string("code").string(refused.fault().name()).string("message").string(refused.fault().message).toFrame();
      case PresenceUpdate update -> update(presence(out, MessageType.PRESENCE_UPDATE, "broadcast"), update.update()).toFrame();
      case PresenceBatch batch -> batch(batch);
      case PresenceSnapshot snapshot -> snapshot(snapshot);
    };
  }

  /** What a frame begins with that carries on the message id of the client. */
  static MsgPackOut begin(MsgPackOut out, Head head, int type) {
    return withoutId(out, head, type, false);
  }

  static MsgPackOut put(MsgPackOut out, Raw value) {
    return out.raw(value.bytes(), value.from(), value.length());
  }

  private static MsgPackOut withoutId(MsgPackOut out, Head head, int type, boolean dropsId) {
    boolean hasId = head.messageId().isPresent() && !dropsId;
    addresses(out.array(hasId ? 6 : 5), head, type);
    return hasId ? put(out, head.messageId()) : out;
  }

  private static MsgPackOut withServerId(MsgPackOut out, Head head, int type, Optional<String> messageId) {
    addresses(out.array(messageId.isPresent() ? 6 : 5), head, type);
    messageId.ifPresent(out::string);
    return out;
  }

  private static void addresses(MsgPackOut out, Head head, int type) {
    put(put(out.integer(head.channel().ordinal()).integer(type), head.from()), head.to());
  }

  private static MsgPackOut fromServer(MsgPackOut out, int elements, int channel, int type) {
    return out.array(elements).integer(channel).integer(type).integer(0);
  }

  private static MsgPackOut presence(MsgPackOut out, int type, String to) {
    return fromServer(out, 6, 0, type).string(to).string("p" + Long.toString(PRESENCE_IDS.incrementAndGet(), 36));
  }

  private static String stopJson(Stopped stopped) {
    return new JsonOut().put("duration", stopped.duration().toMillis()).put("message_id", stopped.messageId()).toText();
  }

  private static Frame batch(PresenceBatch batch) {
    MsgPackOut out = presence(new MsgPackOut(STATUS_BYTES * (2 + 2 * batch.updates().size())), MessageType.PRESENCE_UPDATE, "broadcast");
    out.map(3).string("type").string("presence_batch").string("updates").array(batch.updates().size());
    batch.updates().forEach(update -> update(out, update));
    return out.string("timestamp").integer(batch.timestamp()).toFrame();
  }

  private static MsgPackOut update(MsgPackOut out, Update update) {
    out.map(5 + (update.deviceId().isPresent() ? 1 : 0) + (update.role().isPresent() ? 1 : 0)).string("type").string("presence_update").string("userId").string(update.userId())
        .string("status").string(status(update.isOnline())).string("timestamp").integer(update.timestamp()).string("lastSeen").integer(update.lastSeen());
    update.deviceId().ifPresent(deviceId -> out.string("deviceId").string(deviceId));
    update.role().ifPresent(role -> out.string("role").string(role));
    return out;
  }

  private static Frame snapshot(PresenceSnapshot message) {
    byte[] body = message.snapshot().encoded(PttCodec::snapshotBody);
    return presence(new MsgPackOut(2 * USUAL_BYTES + body.length), MessageType.PRESENCE_SNAPSHOT, message.userId()).raw(body, 0, body.length).toFrame();
  }

  /** The payload, which is the same for all who get the same snapshot. */
  private static byte[] snapshotBody(Snapshot snapshot) {
    MsgPackOut out = new MsgPackOut(USUAL_BYTES + STATUS_BYTES * snapshot.users().size());
    out.map(3).string("users").array(snapshot.users().size());
    for (Status status : snapshot.users()) {
      out.map(status.deviceId().isPresent() ? 4 : 3).string("userId").string(status.userId()).string("status").string(status(status.isOnline()))
          .string("lastSeen").integer(status.lastSeen());
      status.deviceId().ifPresent(deviceId -> out.string("deviceId").string(deviceId));
    }
    return out.string("timestamp").integer(snapshot.timestamp()).string("totalOnline").integer(snapshot.users().size()).toBytes();
  }

  private static String status(boolean isOnline) {
    return isOnline ? "online" : "offline";
  }
}
