package dev.roost.publicrooms;

import dev.roost.publicrooms.PublicRoomsMessages.ChatHistoryEvent;
import dev.roost.publicrooms.PublicRoomsMessages.ChatMessage;
import dev.roost.publicrooms.PublicRoomsMessages.NumberedMessage;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.List;

/** The last messages of a room, as they are stored, too. On the rooms' loop. */
final class ChatHistory {
  private final StudyRoom room;
  private final int max;
  private final RoomsJournal journal;
  /** Oldest first. */
  private final ArrayDeque<NumberedMessage> messages = new ArrayDeque<>();
  private long lastNumber;
  /** As it stands; the same object until something is said. */
  private ChatHistoryEvent event = new ChatHistoryEvent(List.of());

  ChatHistory(StudyRoom room, int max, RoomsJournal journal) {
    this.room = room;
    this.max = max;
    this.journal = journal;
  }

  /** What was there before a restart, in any order; with a smaller limit now, less of it is kept. */
  void restore(List<NumberedMessage> stored) {
    stored.stream().sorted(Comparator.comparingLong(NumberedMessage::number)).forEach(messages::add);
    lastNumber = messages.isEmpty() ? 0 : messages.getLast().number();
    changed();
  }

  void add(ChatMessage message) {
    if (max == 0) {
      return;
    }
    long number = lastNumber + 1;
    journal.message(room, number, message);
    lastNumber = number;
    messages.add(new NumberedMessage(number, message));
    changed();
  }

  ChatHistoryEvent event() {
    return event;
  }

  private void changed() {
    while (messages.size() > max) {
      journal.messageGone(room, messages.poll().number());
    }
    event = new ChatHistoryEvent(messages.stream().map(NumberedMessage::message).toList());
  }
}
