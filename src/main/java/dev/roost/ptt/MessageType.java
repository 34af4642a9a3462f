package dev.roost.ptt;

/** The numbers of section 3 of the contract that this server reads or writes. */
final class MessageType {
  static final int START = 1;
  static final int STOP = 2;
  static final int AUDIO = 3;
  static final int STATUS = 5;
  static final int START_ACK = 6;
  static final int STOP_ACK = 7;
  static final int START_FAILED = 8;
  static final int LOGIN_DUPLICATED = 9;
  static final int USER_ADD = 15;
  static final int USER_REMOVE = 16;
  static final int TEXT = 17;
  static final int IMAGE = 18;
  static final int DELIVERED = 20;
  static final int READ = 21;
  static final int TEXT_ACK = 22;
  static final int INTERACTIVE = 23;
  static final int INTERACTIVE_ACK = 24;
  static final int CONNECTION_TEST = 25;
  static final int CONNECTION_ACK = 26;
  static final int UNAUTHORIZED_GROUP = 27;
  static final int HEARTBEAT = 30;
  static final int PRESENCE_UPDATE = 31;
  static final int PRESENCE_SNAPSHOT = 32;

  private MessageType() {}
}
