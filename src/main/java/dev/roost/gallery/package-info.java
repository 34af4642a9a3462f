/**
 * Gallery: rooms in which several people look at one scene, with roles, a shared versioned state and direct messages.
 *
 * <p>{@link dev.roost.gallery.Rooms} is the registry and knows who is where; {@link dev.roost.gallery.Room} is the state machine of one room, and
 * {@link dev.roost.gallery.RoomState} what its members see. The rules carry the numbers of the contract. Only GalleryProtocol and the classes named Parser, Codec and Archive
 * know the network, JSON and the store.
 */
package dev.roost.gallery;
