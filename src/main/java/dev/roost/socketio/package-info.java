/**
 * Socket.IO from the protocol up, as a package that is useful on its own: Engine.IO 4 (and 3 where it is asked for) over WebSocket and long polling, Socket.IO protocol 5 (and 4) with
 * namespaces that come and go, rooms, acknowledgements, binary events and recovery of sessions.
 *
 * <p>Two floors. {@link dev.roost.socketio.EngineServer} carries messages of one client whatever the transport; {@link dev.roost.socketio.SocketIoServer} makes namespaces, sockets and
 * events of them. All state of a server lives on one {@link dev.roost.core.Loop}; sockets may be read on others.
 */
package dev.roost.socketio;
