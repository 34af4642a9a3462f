package dev.roost.publicrooms;

/** Why a request by REST cannot be done; the names are the codes of section 1.4. */
enum RestFault { USER_NOT_FOUND, INVALID_USER, ROOM_NOT_FOUND, ALREADY_IN_ROOM, ROOM_FULL }
