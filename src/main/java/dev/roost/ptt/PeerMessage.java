package dev.roost.ptt;

/** What servers say to each other about users and groups that they share. */
sealed interface PeerMessage {

  /**
   * A frame for the connected members of a group, except its sender.
   *
   * @param kind what it does to the floor
   * @param order of the grant by which the sender holds the floor, or held it until now; 0 if it does not, or nobody could be asked for it
   * @param payload the message as clients get it
   */
  record ToGroup(String groupId, String senderId, Kind kind, long order, byte[] payload) implements PeerMessage {}

  /**
   * A frame for all connections of a user.
   *
   * @param isAudio whether it may be dropped where the user is slow
   * @param payload the message as clients get it
   */
  record ToUser(String userId, boolean isAudio, byte[] payload) implements PeerMessage {}

  /**
   * A user has logged in: older connections of a mobile user are over.
   *
   * @param order of this login, see {@link Registry.Login}
   * @param isOtherDevice whether the device is another one than that of the login before
   */
  record LoggedIn(String userId, String deviceId, long order, boolean isOtherDevice) implements PeerMessage {}

  /** Somebody was added to a group, or removed. */
  record MembershipChanged(String groupId, String userId, boolean isMember) implements PeerMessage {}

  /**
   * What a frame to a group does to its floor: {@code START} and {@code SPOKEN} say that its sender holds it, {@code STOP} that it is free again; {@code AUDIO} is audio of somebody who does not hold it.
   */
  enum Kind { START, SPOKEN, AUDIO, STOP, OTHER }
}
