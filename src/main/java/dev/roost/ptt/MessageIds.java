package dev.roost.ptt;

import dev.roost.ptt.PttMessages.Channel;
import dev.roost.ptt.PttMessages.Head;
import java.time.Duration;
import java.time.Instant;

/** Ids that the server gives to messages (section 3.1 of the contract). No two of one process are the same: each has a millisecond of its own. On the loop of the switchboard. */
final class MessageIds {
  private long last;

  String ofVoice(Head head, String fromId, Instant now, Duration duration) {
    return begin(head, MessageType.AUDIO, fromId, now) + "_" + duration.toMillis() + "ms.opus";
  }

  String ofText(Head head, int type, String fromId, Instant now) {
    return begin(head, type, fromId, now) + ".txt";
  }

  private String begin(Head head, int type, String fromId, Instant now) {
    last = Math.max(last + 1, now.toEpochMilli());
    return (head.channel() == Channel.GROUP ? 0 : 1) + "_" + type + "_" + head.toId() + "_" + fromId + "_" + last;
  }
}
