package dev.roost.ptt;

import java.util.List;

/**
 * Everybody who is online at a time.
 *
 * @param users each once, all online
 * @param timestamp ms since 1970
 */
record Snapshot(List<Status> users, long timestamp) {}
