package dev.roost.publicrooms;

import java.time.Instant;

/**
 * The participant object of section 1.4.
 *
 * @param id the user's
 * @param displayName escaped
 */
record ParticipantView(String id, String displayName, boolean isVideoEnabled, boolean isAudioEnabled, Instant joinedAt) {}
