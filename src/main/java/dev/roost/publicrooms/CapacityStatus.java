package dev.roost.publicrooms;

/**
 * How full the system is (section 3.6).
 *
 * @param active admitted sockets
 * @param max how many there may be
 * @param queueLength sockets that wait
 * @param freeSlots how many more may come without waiting
 */
public record CapacityStatus(int active, int max, int queueLength, int freeSlots) {}
