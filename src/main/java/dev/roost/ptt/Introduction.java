package dev.roost.ptt;

import java.util.Set;

/**
 * Who has connected, as the token says.
 *
 * @param isWatcher whether it watches presence and is not tracked by it
 * @param channelIds groups of which the user is a member while this connection lives
 * @param deviceId what the client named, or an id made by the server
 */
record Introduction(String userId, boolean isWatcher, Set<String> channelIds, String deviceId) {}
