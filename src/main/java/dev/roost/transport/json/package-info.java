/**
 * JSON as the protocols need it: written once into a frame, read by streaming, and passed on as the bytes that came in.
 *
 * <p>The only package that imports the JSON library, together with the codecs of the protocols.
 */
package dev.roost.transport.json;
