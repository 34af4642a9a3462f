package dev.roost.publicrooms;

/** Why something was refused; the names are the codes of sections 3.3 and 3.5, as they are sent. The texts are for people. */
enum FaultCode {
  TOO_MANY_CONNECTIONS("There are too many connections from your address; close one of them first"),
  CONNECTION_ERROR("The connection could not be set up; try again later"),
  CONNECTION_TIMEOUT("The connection was closed because nothing came from it any more"),
  INVALID_REQUEST("Something is missing in this request, or has the wrong form"),
  INVALID_USER("This is not your user id; create your user first"),
  ROOM_NOT_FOUND("There is no such room"),
  JOIN_ERROR("You cannot join this room now: it is full, or you are in another one"),
  LEAVE_ERROR("You are not in this room"),
  IP_BLOCKED("Your address is blocked for a while because of too many refused attempts"),
  RECONNECTION_THROTTLED("You connect again too fast; wait a little"),
  SYSTEM_AT_CAPACITY("All places are taken; try again later"),
  NOT_PARTICIPANT("Join the room first"),
  INVALID_MESSAGE("A message has 1 to " + SafeText.MAX_MESSAGE + " characters"),
  SEND_MESSAGE_ERROR("The message could not be sent"),
  TOGGLE_VIDEO_ERROR("The video could not be switched"),
  TOGGLE_AUDIO_ERROR("The audio could not be switched"),
  /** In acknowledgements only. */
  TARGET_NOT_FOUND("This user is not in the room"),
  /** In acknowledgements only. */
  RATE_LIMIT_EXCEEDED("This user gets too much from you; try again later"),
  /** In acknowledgements only. */
  MEDIA_ENGINE_NOT_AVAILABLE("This server has no media engine; use webrtc-signal");

  private final String text;

  FaultCode(String text) {
    this.text = text;
  }

  String text() {
    return text;
  }
}
