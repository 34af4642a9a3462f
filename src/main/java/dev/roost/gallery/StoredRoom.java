package dev.roost.gallery;

import dev.roost.core.RawJson;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** A persistent room as it comes out of the store (R5). Focus points are not kept: everybody who had one is gone. */
record StoredRoom(String roomId, long number, RoomConfig config, Instant createdAt, long version, Map<String, RawJson> keys, boolean allowAnnotations,
    List<RoomState.KeptAnnotation> annotations) {}
