package dev.roost.ptt;

import dev.roost.core.CleanText;
import dev.roost.ptt.PttMessages.Raw;
import dev.roost.ptt.PttMessages.Subscription;
import dev.roost.transport.msgpack.MsgPackException;
import dev.roost.transport.msgpack.MsgPackIn;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/** Reads what a watcher subscribes to (section 2.3 of the contract). */
final class SubscriptionParser {
  private static final int MAX_GROUPS = 100;
  private static final int MAX_USERS = 1_000;

  private boolean isSubscription;
  private boolean isValid = true;
  private Optional<Set<String>> groups = Optional.empty();
  private Optional<Set<String>> userIds = Optional.empty();
  private boolean isBatched;

  private SubscriptionParser() {}

  /** Empty if it is no subscription, or not a valid one. */
  static Optional<Subscription> parse(Raw payload) {
    if (!payload.isPresent()) {
      return Optional.empty();
    }
    MsgPackIn in = new MsgPackIn(payload.bytes(), payload.from(), payload.length());
    try {
      return in.kind() == MsgPackIn.Kind.MAP ? new SubscriptionParser().read(in) : Optional.empty();
    } catch (MsgPackException e) {
      return Optional.empty();
    }
  }

  private Optional<Subscription> read(MsgPackIn in) {
    int pairs = in.map();
    for (int i = 0; i < pairs; i++) {
      if (in.kind() != MsgPackIn.Kind.STRING) {
        return Optional.empty();
      }
      property(in.string(), in);
    }
    boolean isEverybody = groups.isEmpty() && userIds.isEmpty();
    return isSubscription && isValid ? Optional.of(new Subscription(groups.orElse(Set.of()), userIds.orElse(Set.of()), isEverybody, isBatched)) : Optional.empty();
  }

  private void property(String name, MsgPackIn in) {
    switch (name) {
      case "type" -> {
        if (in.kind() == MsgPackIn.Kind.STRING) {
          isSubscription = in.string().equals("presence_subscribe");
        } else {
          in.skip();
        }
      }
      case "groups" -> groups = ids(in, MAX_GROUPS);
      case "userIds" -> userIds = ids(in, MAX_USERS);
      case "batch" -> batch(in);
      default -> in.skip();
    }
  }

  private void batch(MsgPackIn in) {
    switch (in.kind()) {
      case BOOLEAN -> isBatched = in.bool();
      case NIL, UNDEFINED -> in.skip();
      default -> {
        in.skip();
        isValid = false;
      }
    }
  }

  private Optional<Set<String>> ids(MsgPackIn in, int most) {
    switch (in.kind()) {
      case NIL, UNDEFINED -> {
        in.skip();
        return Optional.empty();
      }
      case ARRAY -> {
        return Optional.of(elements(in, most));
      }
      default -> {
        in.skip();
        isValid = false;
        return Optional.empty();
      }
    }
  }

  private Set<String> elements(MsgPackIn in, int most) {
    int count = in.array();
    if (count > most) {
      throw new MsgPackException("too many ids");
    }
    Set<String> ids = new LinkedHashSet<>();
    for (int i = 0; i < count; i++) {
      switch (in.kind()) {
        case STRING -> ids.add(in.string());
        case INTEGER -> ids.add(Long.toString(in.integer()));
        default -> {
          in.skip();
          isValid = false;
        }
      }
    }
    isValid &= ids.stream().allMatch(id -> CleanText.isId(id, PttParser.MAX_ID));
    return Set.copyOf(ids);
  }
}
