package dev.roost.bench;

import java.util.Map;

/**
 * The messages of PTT as templates: MessagePack arrays, one character a byte. Every placeholder has a fixed width, so the lengths before texts are known while the texts are not.
 * Layout and numbers are those of the contract, sections 1.3 and 3.
 */
final class PttFrames {
  static final int GROUP = 0;
  static final int START = 1;
  static final int AUDIO = 3;
  static final int START_ACK = 6;
  static final int CONNECTION_TEST = 25;
  static final int CONNECTION_ACK = 26;
  static final int HEARTBEAT = 30;
  static final int PRESENCE_UPDATE = 31;
  static final int PRESENCE_SNAPSHOT = 32;

  /** How a user's id begins, before the number. */
  static final String USER_PREFIX = "u" + Template.RUN + "-";
  static final String USER_ID = USER_PREFIX + "{user}";
  static final String GROUP_ID = "g" + Template.RUN + "-{room}";
  static final Template DEVICE = new Template("d" + Template.RUN + "-{user}");
  /** Claims of a member of the group, and of somebody who only watches. */
  static final Template MEMBER = new Template("{\"uid\":\"" + USER_ID + "\",\"role\":\"mobile\",\"channelIds\":[\"" + GROUP_ID + "\"]}");
  static final Template MOBILE = new Template("{\"uid\":\"" + USER_ID + "\",\"role\":\"mobile\"}");
  static final Template WATCHER = new Template("{\"uid\":\"" + USER_ID + "\",\"role\":\"dashboard\"}");

  /** What servers send. */
  private static final Map<Integer, String> NAMES = Map.of(START, "START", 2, "STOP", 5, "STATUS", START_ACK, "START_ACK", 8, "START_FAILED", 9, "LOGIN_DUPLICATED",
      CONNECTION_ACK, "CONNECTION_ACK", 27, "UNAUTHORIZED_GROUP", PRESENCE_UPDATE, "PRESENCE_UPDATE", PRESENCE_SNAPSHOT, "PRESENCE_SNAPSHOT");
  private static final Template.Speaker ANYBODY = new Template.Speaker("0".repeat(6), 0, 0);

  private PttFrames() {}

  /** The name of a message type. */
  static String name(int type) {
    return NAMES.getOrDefault(type, "type " + type);
  }

  /** How every message of this type to a client begins: the array of so many elements, channel, type. */
  static Step.Await await(int elements, int channel, int type) {
    return new Step.Await(begin(elements, channel, type), Wire.BINARY);
  }

  static Template start() {
    return message(begin(5, GROUP, START) + text(USER_ID) + text(GROUP_ID) + time(System.currentTimeMillis()));
  }

  /** @param bytes of audio; at least as many as the marker has */
  static Template audio(int bytes) {
    int length = Math.max(Marker.LENGTH, bytes);
    String header = length < 1 << 8 ? "\u00c4" + (char) length : "\u00c5" + (char) (length >> 8) + (char) (length & 0xFF);
    return message(begin(5, GROUP, AUDIO) + text(USER_ID) + text(GROUP_ID) + header + Template.MARKER + "x".repeat(length - Marker.LENGTH));
  }

  static Template connectionTest() {
    return message(begin(5, GROUP, CONNECTION_TEST) + text(USER_ID) + (char) 0 + text("ready"));
  }

  /** As the clients in the field send it; the time is that of the call. */
  static Template heartbeat() {
    return message(begin(5, GROUP, HEARTBEAT) + text(USER_ID) + (char) 0 + (char) 0x82 + text("type") + text("heartbeat") + text("timestamp")
        + time(System.currentTimeMillis()));
  }

  private static Template message(String text) {
    return new Template(text, Wire.BINARY);
  }

  private static String begin(int elements, int channel, int type) {
    return "" + (char) (0x90 | elements) + (char) channel + (char) type;
  }

  /** Of at most 31 bytes once its placeholders are filled. */
  private static String text(String template) {
    return (char) (0xA0 | new Template(template).fill(ANYBODY).length()) + template;
  }

  /** As an unsigned number of 64 bits. */
  private static String time(long millis) {
    StringBuilder bytes = new StringBuilder("\u00cf");
    for (int shift = 56; shift >= 0; shift -= 8) {
      bytes.append((char) (millis >>> shift & 0xFF));
    }
    return bytes.toString();
  }
}
