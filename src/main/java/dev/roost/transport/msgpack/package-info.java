/** MessagePack as wire messages need it: read part by part from the bytes that came in, written into one frame. Built here and not on a library, because relayed parts must stay the bytes that they were, and a message costs no tree. */
package dev.roost.transport.msgpack;
