/** Engine.IO and Socket.IO in virtual time, and on real sockets where the wiring is what is proved. */
package dev.roost.socketio;
