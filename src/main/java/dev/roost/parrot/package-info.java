/**
 * Pocket Parrot: phones send sensor data, exactly one of them at a time; listeners and dashboards get the stream. The contract is {@code parrot.md}; its
 * rules keep their numbers here.
 *
 * <p>{@link dev.roost.parrot.ParrotProtocol} has the paths and the connections, {@code ParrotCodec} the JSON, {@code ParrotMessages} every message,
 * {@code SenderSlot} the rules T1 to T16, {@code ParrotSession} what is around the slot. All but the first two know neither network nor JSON.
 */
package dev.roost.parrot;
