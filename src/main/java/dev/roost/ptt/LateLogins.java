package dev.roost.ptt;

import dev.roost.core.Loop;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/** Logins that the shared state did not answer: they are asked for again while their connections live, some at a time, and with growing pauses while there is no answer at all. On the loop of the switchboard. */
final class LateLogins {
  private static final int AT_ONCE = 200;
  private static final Duration BREATH = Duration.ofMillis(20);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(16);

  private final Loop loop;
  private final Registry registry;
  private final Answer answer;
  private final SequencedMap<Client, User> waiting = new LinkedHashMap<>();
  private Duration pause = FIRST_PAUSE;
  private Loop.Cancellable timer = Loop.Cancellable.NONE;
  private boolean isTimed;
  private boolean isHurried;
  /** Questions under way. */
  private int open;
  private boolean isAnswered;

  /** Hears a login that is known, of a connection that is still there. */
  interface Answer {
    void known(User user, Client client, Registry.Login login);
  }

  LateLogins(Loop loop, Registry registry, Answer answer) {
    this.loop = loop;
    this.registry = registry;
    this.answer = answer;
  }

  void add(User user, Client client) {
    if (waiting.isEmpty() && open == 0) {
      pause = FIRST_PAUSE;
    }
    waiting.put(client, user);
    if (open == 0 && !isTimed) {
      pause(pause);
    }
  }

  /** The state can be reached again. */
  void hurry() {
    pause = FIRST_PAUSE;
    isHurried = open > 0;
    if (open == 0) {
      timer.cancel();
      ask();
    }
  }

  private void pause(Duration time) {
    isTimed = true;
    timer = loop.after(time, this::ask);
  }

  private void ask() {
    isTimed = false;
    isAnswered = false;
    waiting.keySet().removeIf(Client::isGone);
    SequencedMap<Client, User> asked = new LinkedHashMap<>();
    while (!waiting.isEmpty() && asked.size() < AT_ONCE) {
      asked.put(waiting.firstEntry().getKey(), waiting.pollFirstEntry().getValue());
    }
    open = asked.size();
    asked.forEach((client, user) -> {
      Duration age = Duration.ofNanos(loop.nanos() - client.arrivedNanos());
      registry.login(new Registry.Arrival(user.id(), client.introduction().deviceId(), client.token(), age), login -> heard(user, client, login));
    });
  }

  private void heard(User user, Client client, Registry.Login login) {
    open--;
    isAnswered |= login.isKnown();
    if (!client.isGone()) {
      if (login.isKnown()) {
        answer.known(user, client, login);
      } else {
        waiting.put(client, user);
      }
    }
    if (open == 0) {
      goOn();
    }
  }

  private void goOn() {
    boolean isSoon = isAnswered || isHurried;
    pause = isSoon ? FIRST_PAUSE : pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
    isHurried = false;
    if (!waiting.isEmpty()) {
      pause(isSoon ? BREATH : pause);
    }
  }
}
