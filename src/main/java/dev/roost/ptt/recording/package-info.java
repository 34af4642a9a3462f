/**
 * Voice recordings: each transmission becomes a file of its own, Ogg Opus (RFC 7845) where the audio is Opus, the bare bytes otherwise.
 *
 * <p>On the loop of the switchboard frames are only copied and handed on, about once a second; all that touches the disk is done by the one thread of {@code RecordingWriter}. A transmission goes to the disk as a {@code Spool} as it comes
 * in, and {@code RecordingFile} makes the file of it at its end, or at the next start if there was no end. Nothing here knows the network; clocks and the thread are this package's own, as in {@code dev.roost.store}.
 */
package dev.roost.ptt.recording;
