package dev.roost.parrot;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Remembers devices that left, for reclaiming the role and for bans (contract, section 2.3). A device id is no proof of identity, so a record gives nothing
 * else. Bounded; the oldest records go first.
 */
final class SessionRecords {
  private static final int MAX_RECORDS = 1_000;

  private final long ttlNanos;
  private final long banNanos;
  /** In the order in which they were stored. */
  private final Map<String, Left> left = new LinkedHashMap<>();
  /** Apart, because a device id can look like somebody's address. */
  private final Map<String, Long> bannedDevices = new LinkedHashMap<>();
  private final Map<String, Long> bannedAddresses = new LinkedHashMap<>();

  /**
   * How a device left.
   *
   * @param atNanos when
   * @param wasActiveSender whether it held the slot at that moment
   */
  record Left(long atNanos, boolean wasActiveSender, boolean kicked) {}

  SessionRecords(Duration ttl, Duration ban) {
    ttlNanos = ttl.toNanos();
    banNanos = ban.toNanos();
  }

  void store(String deviceId, Left record) {
    put(left, deviceId, record);
  }

  /** The record of a device if it is young enough; it is gone afterwards. */
  Optional<Left> consume(String deviceId, long now) {
    return Optional.ofNullable(left.remove(deviceId)).filter(record -> now - record.atNanos < ttlNanos);
  }

  /** Refuses a kicked device, or an address without one, for the configured time, which may be none. */
  void ban(Optional<String> deviceId, String address, long now) {
    if (banNanos > 0) {
      if (deviceId.isPresent()) {
        put(bannedDevices, deviceId.get(), now);
      } else {
        put(bannedAddresses, address, now);
      }
    }
  }

  boolean isDeviceBanned(String deviceId, long now) {
    return isBanned(bannedDevices.get(deviceId), now);
  }

  boolean isAddressBanned(String address, long now) {
    return isBanned(bannedAddresses.get(address), now);
  }

  private boolean isBanned(Long since, long now) {
    return since != null && now - since < banNanos;
  }

  private static <T> void put(Map<String, T> records, String key, T value) {
    // Taken out first, so that it becomes the youngest.
    records.remove(key);
    records.put(key, value);
    if (records.size() > MAX_RECORDS) {
      records.remove(records.keySet().iterator().next());
    }
  }
}
