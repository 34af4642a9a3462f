/**
 * The network: listening sockets, HTTP/1.1, the WebSocket upgrade, frames in and out, the limits of the edge.
 *
 * <p>The only package that imports Netty. A protocol plugs in as a {@link dev.roost.transport.Protocol}, and sees upgrade requests, messages and
 * {@link dev.roost.core.Connection} handles, never a channel. After the upgrade nothing of HTTP stays: an idle connection is a channel and
 * one {@link dev.roost.transport.WebSocketConnection}, and under TLS what encrypts it.
 */
package dev.roost.transport;
