package dev.roost.gallery;

import dev.roost.core.RawJson;

/**
 * Who a message is from, as the reader of messages needs it.
 *
 * @param id the user id
 * @param literal the same as JSON
 */
record Sender(String id, RawJson literal) {}
