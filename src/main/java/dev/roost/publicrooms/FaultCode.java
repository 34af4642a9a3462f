package dev.roost.publicrooms;

/** Why something was refused; the names are the codes of sections 3.3 and 3.5, as they are sent. */
enum FaultCode {
  TOO_MANY_CONNECTIONS,
  CONNECTION_ERROR,
  CONNECTION_TIMEOUT,
  INVALID_REQUEST,
  INVALID_USER,
  ROOM_NOT_FOUND,
  JOIN_ERROR,
  LEAVE_ERROR,
  IP_BLOCKED,
  RECONNECTION_THROTTLED,
  SYSTEM_AT_CAPACITY,
  NOT_PARTICIPANT,
  INVALID_MESSAGE,
  SEND_MESSAGE_ERROR,
  TOGGLE_VIDEO_ERROR,
  TOGGLE_AUDIO_ERROR,
  /** In acknowledgements only. */
  TARGET_NOT_FOUND,
  /** In acknowledgements only. */
  MEDIA_ENGINE_NOT_AVAILABLE
}
