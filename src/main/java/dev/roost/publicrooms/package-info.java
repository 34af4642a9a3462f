/**
 * Public rooms: anonymous visitors in a fixed set of study rooms, by REST and Socket.IO. The contract's state machines ({@link dev.roost.publicrooms.StudyRooms} and what it consists
 * of) live on one loop and know no network.
 */
package dev.roost.publicrooms;
