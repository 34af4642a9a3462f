package dev.roost.publicrooms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.RawJson;
import dev.roost.publicrooms.PublicRoomsMessages.Acknowledgement;
import dev.roost.publicrooms.PublicRoomsMessages.ChatHistoryEvent;
import dev.roost.publicrooms.PublicRoomsMessages.ChatMessage;
import dev.roost.publicrooms.PublicRoomsMessages.ErrorEvent;
import dev.roost.publicrooms.PublicRoomsMessages.MediaRequest;
import dev.roost.publicrooms.PublicRoomsMessages.Medium;
import dev.roost.publicrooms.PublicRoomsMessages.Outbound;
import dev.roost.publicrooms.PublicRoomsMessages.RelayedSignal;
import dev.roost.publicrooms.PublicRoomsMessages.SendMessage;
import dev.roost.publicrooms.PublicRoomsMessages.SignalBody;
import dev.roost.publicrooms.PublicRoomsMessages.Toggle;
import dev.roost.publicrooms.PublicRoomsMessages.WebRtcSignal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sections 3.4 and 3.5: chat, toggles and signals. */
class TalkTest {
  private static final String R = RoomsWorld.R;

  private final RoomsWorld world = new RoomsWorld("PUBLIC_ROOMS_CHAT_LIMIT", "1000");
  private final Tab a = world.joined("A", R);
  private final Tab b = world.joined("B", R);

  @Test
  @DisplayName("31. A message reaches everybody who has joined, the sender included, and is in the history of who comes later")
  void chat() {
    Tab unjoined = world.connect("C", R);
    Tab elsewhere = world.joined("D", RoomsWorld.S);
    a.forget();
    a.say("  O'Brien & <b>friends</b>  ");
    ChatMessage message = a.only(ChatMessage.class);

    assertThat(message.content()).isEqualTo("O&#x27;Brien &amp; friends");
    assertThat(message.userId()).isEqualTo(world.user("A"));
    assertThat(message.userName()).isEqualTo("A");
    assertThat(message.timestamp()).isEqualTo(world.loop.now());
    assertThat(b.only(ChatMessage.class)).isEqualTo(message);
    unjoined.nothing();
    elsewhere.nothing();
    assertThat(unjoined.join().takeAll().getFirst()).isEqualTo(new ChatHistoryEvent(List.of(message)));
  }

  @Test
  @DisplayName("31. 1000 characters are a message, 1001 are none; nor is nothing, or what is no text")
  void badMessages() {
    a.forget();
    a.say("x".repeat(1_000)).only(ChatMessage.class);
    for (Optional<String> content : List.of(Optional.of("x".repeat(1_001)), Optional.of(""), Optional.of("  "), Optional.<String>empty())) {
      assertThat(a.send(new SendMessage(Optional.of(world.user("A")), content)).fault()).isEqualTo(FaultCode.INVALID_MESSAGE);
    }
    assertThat(b.take()).hasSize(1);
  }

  @Test
  @DisplayName("31. Not joined: NOT_PARTICIPANT comes first; then INVALID_REQUEST, INVALID_USER, and the content last")
  void orderOfFaults() {
    Tab c = world.connect("C", R);
    assertThat(c.send(new SendMessage(Optional.empty(), Optional.empty())).fault()).isEqualTo(FaultCode.NOT_PARTICIPANT);
    a.forget();
    assertThat(a.send(new SendMessage(Optional.empty(), Optional.empty())).fault()).isEqualTo(FaultCode.INVALID_REQUEST);
    assertThat(a.send(new SendMessage(Optional.of(world.user("B")), Optional.empty())).fault()).isEqualTo(FaultCode.INVALID_USER);
    assertThat(b.take()).isEmpty();
  }

  @Test
  @DisplayName("3.4 The history has the last 50, oldest first, also after a restart; the store has no more")
  void history() {
    IntStream.rangeClosed(1, 60).forEach(i -> a.say("m" + i));
    List<String> last = IntStream.rangeClosed(11, 60).mapToObj(i -> "m" + i).toList();
    assertThat(world.connect("A", R).join().take().getFirst()).isEqualTo("chat-history " + last);
    assertThat(world.kept.messages.get(R)).hasSize(50);

    RoomsWorld next = world.restarted(1_000);
    Tab later = next.connect("A", R).join();
    assertThat(later.take().getFirst()).isEqualTo("chat-history " + last);
    later.say("m61");
    assertThat(next.kept.messages.get(R)).hasSize(50);
    assertThat(next.kept.messages.get(R).lastKey()).isEqualTo(61);
    assertThat(next.connect("A", R).join().take().getFirst()).startsWith("chat-history [m12, ").endsWith(", m61]");
  }

  @Test
  @DisplayName("2.1 Messages stay when their author is no more")
  void messagesStay() {
    RoomsWorld quiet = new RoomsWorld(RoomsWorld.QUIET);
    Tab author = quiet.joined("A", R);
    author.say("hello").drop();
    quiet.pass(3_600_000);
    assertThat(quiet.kept.visitors).isEmpty();
    assertThat(quiet.connect("B", R).join().forget().isDisconnected()).isFalse();
    Tab c = quiet.connect("C", R);
    quiet.user("C");
    assertThat(c.join().take().getFirst()).isEqualTo("chat-history [hello]");
  }

  @Test
  @DisplayName("4. No history, if the operator wants none")
  void noHistory() {
    RoomsWorld none = new RoomsWorld("PUBLIC_ROOMS_CHAT_HISTORY", "0");
    none.joined("A", R).say("x").hears("new-message x");
    none.connect("A", R).join().hears("chat-history []", "user-joined A 1");
    assertThat(none.kept.messages).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Medium.class)
  @DisplayName("3.4 Toggles are stored with the seat, and told to everybody in the room")
  void toggles(Medium medium) {
    a.forget();
    String word = medium == Medium.VIDEO ? "video" : "audio";
    a.toggle(medium, true).hears(word + " A true");
    b.hears(word + " A true");
    ParticipantView view = world.participants(R).getFirst();
    assertThat(view.isVideoEnabled()).isEqualTo(medium == Medium.VIDEO);
    assertThat(view.isAudioEnabled()).isEqualTo(medium == Medium.AUDIO);
    a.toggle(medium, false).hears(word + " A false");
    assertThat(world.participants(R).getFirst().isVideoEnabled() || world.participants(R).getFirst().isAudioEnabled()).isFalse();

    assertThat(a.send(new Toggle(medium, Optional.of(world.user("B")), Optional.of(true))).fault()).isEqualTo(FaultCode.INVALID_USER);
    assertThat(a.send(new Toggle(medium, Optional.of(world.user("A")), Optional.empty())).fault()).isEqualTo(FaultCode.INVALID_REQUEST);
    assertThat(a.send(new Toggle(medium, Optional.empty(), Optional.of(true))).fault()).isEqualTo(FaultCode.INVALID_REQUEST);
    assertThat(world.connect("C", R).toggle(medium, true).fault()).isEqualTo(FaultCode.NOT_PARTICIPANT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"get-rtp-capabilities", "create-transport", "close-consumer"})
  @DisplayName("32. Media requests: with a callback an error, without one nothing, joined or not")
  void mediaRequests(String name) {
    Tab c = world.connect("C", R);
    for (Tab tab : List.of(a.forget(), c)) {
      Tab.Answer answer = new Tab.Answer();
      tab.send(new MediaRequest(name, answer));
      assertThat(answer.only()).isEqualTo("MEDIA_ENGINE_NOT_AVAILABLE");
      tab.send(new MediaRequest(name, Acknowledgement.NONE));
      tab.nothing();
    }
  }

  @Test
  @DisplayName("32. webrtc-signal reaches every joined socket of the target, and nobody else")
  void signal() {
    Tab secondOfB = world.connect("B", R).join().forget();
    Tab c = world.joined("C", R);
    a.forget();
    b.forget();
    secondOfB.forget();
    assertThat(a.signal(world.user("B"))).isEqualTo("ok");

    RelayedSignal relayed = b.only(RelayedSignal.class);
    assertThat(relayed.fromUserId()).isEqualTo(world.user("A"));
    assertThat(relayed.body().description()).hasToString("{\"type\":\"offer\",\"sdp\":\"x\"}");
    assertThat(relayed.body().candidate().isPresent()).isFalse();
    secondOfB.hears("signal from A");
    a.nothing();
    c.nothing();
  }

  @Test
  @DisplayName("3.5 Signals that reach nobody")
  void signalFaults() {
    Tab c = world.connect("C", R);
    assertThat(c.signal(world.user("A"))).isEqualTo("NOT_PARTICIPANT");
    Tab.Answer answer = new Tab.Answer();
    a.send(new WebRtcSignal(Optional.empty(), new SignalBody(RawJson.ABSENT, RawJson.ABSENT), answer));
    assertThat(answer.only()).isEqualTo("INVALID_REQUEST");
    assertThat(a.signal("user-Z-9")).isEqualTo("TARGET_NOT_FOUND");
    // Reserved only, and in another room.
    world.restJoin("C", R);
    assertThat(a.signal(world.user("C"))).isEqualTo("TARGET_NOT_FOUND");
    Tab d = world.joined("D", RoomsWorld.S);
    assertThat(a.signal(world.user("D"))).isEqualTo("TARGET_NOT_FOUND");
    c.nothing();
    d.nothing();
  }

  /** 64 KiB. */
  private static RawJson largest() {
    String frame = "{'type':'offer','sdp':''}";
    return RoomsWorld.json(frame.replace("''", "'" + "x".repeat((64 << 10) - frame.length()) + "'"));
  }

  @Test
  @DisplayName("3.5 Nobody is flooded by the signals of another: so much at once and so much a second, for each sender and in all")
  void signalBudget() {
    String target = world.user("B");
    for (int i = 0; i < SignalBudget.SENDER_BURST >> 16; i++) {
      assertThat(a.signal(target, largest())).isEqualTo("ok");
    }
    b.forget();
    assertThat(a.signal(target, largest())).isEqualTo("RATE_LIMIT_EXCEEDED");
    assertThat(a.signal(target)).isEqualTo("RATE_LIMIT_EXCEEDED");
    b.nothing();
    Tab c = world.joined("C", R);
    b.forget();
    assertThat(c.signal(target, largest())).as("somebody else's").isEqualTo("ok");
    assertThat(a.signal(world.user("C"), largest())).as("to somebody else").isEqualTo("ok");
    world.pass(3_900);
    assertThat(a.signal(target, largest())).isEqualTo("RATE_LIMIT_EXCEEDED");
    world.pass(200);
    assertThat(a.signal(target, largest())).isEqualTo("ok");
    world.pass(16_000);
    for (int i = 0; i < SignalBudget.SENDER_BURST >> 16; i++) {
      assertThat(a.signal(target, largest())).as("full again, and no fuller").isEqualTo("ok");
    }
    assertThat(a.signal(target)).isEqualTo("RATE_LIMIT_EXCEEDED");
    a.forget().say("x").hears("new-message x");
    assertThat(world.rooms.refusals().get("RATE_LIMIT_EXCEEDED").intValue()).isEqualTo(4);
  }

  @Test
  @DisplayName("3.5 Many senders are no way around it, nor is a seat taken again")
  void signalsOfMany() {
    RoomsWorld large = new RoomsWorld("PUBLIC_ROOMS_CAPACITY", "100");
    Tab target = large.joined("T", R);
    String user = large.user("T");
    int sent = 0;
    for (int i = 0; i < 20; i++) {
      Tab sender = large.joined("S" + i, R);
      while (sender.signal(user, largest()).equals("ok")) {
        sent++;
      }
      if (i == 0) {
        sender.leave();
        large.pass(5);
        assertThat(large.joined("S0", R).signal(user, largest())).isEqualTo("RATE_LIMIT_EXCEEDED");
      }
    }
    assertThat(sent << 16).isEqualTo(SignalBudget.BURST);
    assertThat(target.takeAll().stream().filter(RelayedSignal.class::isInstance)).hasSize(sent);
  }

  @Test
  @DisplayName("2.2 The history is one object until something is said, so that it need not be written again")
  void sameHistory() {
    a.forget().say("x").forget();
    Outbound history = a.join().takeAll().getFirst();
    assertThat(a.join().takeAll().getFirst()).isSameAs(history);
    assertThat(world.joined("C", R).join().takeAll().getFirst()).isSameAs(history);
    b.say("y");
    a.forget();
    assertThat(a.join().takeAll().getFirst()).isNotEqualTo(history);
  }

  @Test
  @DisplayName("3.6 Unknown events are ignored and counted")
  void unknownEvents() {
    a.forget().nudge().nothing();
    assertThat(world.figure("unknownEvents")).isEqualTo(1);
  }

  @Test
  @DisplayName("3.3 A message that cannot be kept: SEND_MESSAGE_ERROR, and nobody gets it")
  void internalFailure() {
    a.forget();
    world.kept.failure = Optional.of(new IllegalStateException("disk"));
    try {
      a.say("x");
      throw new AssertionError("The failure is reported to the loop");
    } catch (IllegalStateException e) {
      assertThat(e).hasMessage("disk");
    }
    world.kept.failure = Optional.empty();
    assertThat(a.only(ErrorEvent.class).code()).isEqualTo(FaultCode.SEND_MESSAGE_ERROR);
    assertThat(b.take()).isEmpty();
    a.say("y").hears("new-message y");
  }

  @Test
  @DisplayName("33. Privacy: nothing that is sent has the hash of an address")
  void privacy() {
    RoomsWorld secretive = new RoomsWorld("PUBLIC_ROOMS_MAX_CONCURRENT", "2");
    String hash = "deadbeefdeadbeef";
    Tab other = secretive.joined("B", R);
    List<Outbound> all = new ArrayList<>();
    Tab tab = new Tab(secretive, hash, R, "tab");
    secretive.loop.run(() -> secretive.rooms.connected(tab, hash, R));
    String id = secretive.ask(() -> secretive.rooms.enter(hash, "name")).id();
    tab.joinAs(id);
    tab.send(new SendMessage(Optional.of(id), Optional.of("x"))).joinAs("nobody").send(new Toggle(Medium.AUDIO, Optional.of(id), Optional.of(true)));
    Tab waiting = new Tab(secretive, hash, R, "waiting");
    secretive.loop.run(() -> secretive.rooms.connected(waiting, hash, R));
    all.addAll(tab.takeAll());
    all.addAll(other.takeAll());
    all.addAll(waiting.takeAll());
    assertThat(all).hasSizeGreaterThan(8).noneMatch(message -> message.toString().contains(hash));
  }
}
