/**
 * Mesh: the devices of an organisation find each other, talk through the server, and have an admin: the main admin while it is present, else one that is elected. The contract is
 * {@code mesh.md}; its rules keep their numbers here.
 *
 * <p>{@link dev.roost.mesh.MeshProtocol} has the paths and the connections, {@code MeshParser} and {@code MeshCodec} the JSON, {@code MeshMessages} every message,
 * {@code Election} the table of section 2.3, {@code Organization} the devices around it. All but the first three know neither network nor JSON.
 */
package dev.roost.mesh;
