package dev.roost.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BenchOptionsTest {
  @Test
  void presetsHaveDefaultsThatMakeSense() {
    assertThat(plan("fanout").shape()).isEqualTo(new Plan.Shape(1, 500, 1, 0, 10));
    assertThat(plan("rooms", "--rooms", "10", "--users", "10").shape()).isEqualTo(new Plan.Shape(10, 0, 10, 0, 10));
    assertThat(plan("rooms").hearers()).isEqualTo(49);
    assertThat(plan("idle").shape().crowd()).isEqualTo(10_000);
    assertThat(plan("mesh").shape()).isEqualTo(new Plan.Shape(1, 0, 200, 0, 10));
    assertThat(plan("mesh").pace()).isEqualTo(new Plan.Pace(100, 64, 200, 1, 5, 60));
    assertThat(plan("mesh").hearers()).isEqualTo(1);
    assertThat(plan("rooms", "--protocol", "mesh").hearers()).isEqualTo(49);
    assertThat(plan("socketio").shape()).isEqualTo(new Plan.Shape(1, 499, 1, 0, 10));
    assertThat(plan("socketio", "--together", "10").pace()).isEqualTo(new Plan.Pace(100, 64, 200, 10, 5, 10));
    assertThat(plan("socketio").hearers()).as("the sender, too").isEqualTo(500);
    assertThat(ptt("ptt").shape()).isEqualTo(new Plan.Shape(1, 100, 1, 0, 10));
    assertThat(ptt("ptt").pace()).isEqualTo(new Plan.Pace(50, 64, 80, 1, 5, 10));
    assertThat(ptt("ptt", "--groups", "3").hearers()).isEqualTo(100);
    assertThat(ptt("presence").shape()).isEqualTo(new Plan.Shape(1, 0, 5_000, 50, 10));
    assertThat(ptt("presence").pace()).isEqualTo(new Plan.Pace(1 / 30.0, 64, 80, 1, 30, 60));
    assertThat(ptt("presence", "--churn", "2").connections()).isEqualTo(5_062);
    assertThat(ptt("snapshot").shape()).isEqualTo(new Plan.Shape(1, 19, 1, 50, 10));
    assertThat(ptt("snapshot").connections()).as("with the users").isEqualTo(10_070);
    assertThat(ptt("snapshot", "--redis", "h:1").connections()).as("with the users in Redis").isEqualTo(70);
    assertThat(plan("storm", "--protocol", "parrot").shape()).isEqualTo(new Plan.Shape(1, 10, 1, 2_000, 10));
    assertThat(plan("storm").shape()).isEqualTo(new Plan.Shape(1, 0, 10, 2_000, 10));
  }

  @Test
  void theProtocolGivesPathsUnlessTheUrlHasOne() {
    assertThat(plan("fanout", "--url", "ws://h:1").senders().target().path().text()).isEqualTo("/pocket-parrot");
    assertThat(plan("fanout", "--url", "ws://h:1/").receivers().target().path().text()).isEqualTo("/listener");
    assertThat(plan("rooms", "--url", "wss://h?userId={user}").senders().target()).isEqualTo(new Target(true, "h", 443, new Template("/?userId={user}")));
    assertThat(plan("fanout", "--url", "ws://[::1]:99/r", "--sender-url", "ws://h:2/s").senders().target().path().text()).isEqualTo("/s");
  }

  @Test
  void organizationAndTokenGoIntoTheUpgradeRequest() {
    Plan plan = plan("mesh", "--organization", "org 1&2", "--token", "s3cret");
    assertThat(plan.senders().target().path().text()).startsWith("/mesh?organizationId=org+1%262&clientId=b{run}-{user}&");
    assertThat(plan.headers()).containsExactly("Authorization: Bearer s3cret");
    assertThat(plan("mesh", "--url", "ws://h:1/?organizationId=a&clientId={user}").senders().target().path().text()).isEqualTo("/?organizationId=a&clientId={user}");
  }

  @Test
  void tokensNameTheUserTheRoleAndTheGroup() {
    Plan plan = ptt("ptt");
    Template.Speaker speaker = new Template.Speaker("0a0b0c", 7, 3);
    List<String> headers = plan.receivers().credentials().orElseThrow().headers(speaker);
    assertThat(headers.getLast()).isEqualTo("device_id: d0a0b0c-000007");
    // Made with another implementation of HS256.
    assertThat(headers.getFirst()).isEqualTo("token: eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1aWQiOiJ1MGEwYjBjLTAwMDAwNyIsInJvbGUiOiJtb2JpbGUiLCJjaGFubmVsSWRzIjpbImcwYTBiMGMtMDAwMDMiXX0.-NwCmMf0oPK_VaemIcHC0GVUtamKTgegRTtNBe7xf8A");
    assertThat(plan("fanout").receivers().credentials()).isEmpty();
  }

  @Test
  void aNamespaceGoesIntoEachPacket() {
    Plan plan = plan("socketio", "--namespace", "/public-room/r1");
    assertThat(plan.texts()).contains("40/public-room/r1,", "40/public-room/r1,{", "42/public-room/r1,[\"join-room\",{\"userId\":\"{guest}\"}]").noneMatch(text -> text.contains(Guest.NAMESPACE));
    assertThat(plan("idle", "--protocol", "socketio", "--namespace", "/").receivers().opening())
        .containsExactly(new Step.Await("0{"), new Step.Say(new Template("40")), new Step.Await("40{"));
  }

  @Test
  void openingStepsKeepTheirOrder() {
    Plan plan = plan("fanout", "--protocol", "plain", "--await", "hello", "--opening", "a {user}", "--opening=b", "--await", "done", "--sender-opening", "s");
    assertThat(plan.receivers().opening()).containsExactly(new Step.Await("hello"), new Step.Say(new Template("a {user}")), new Step.Say(new Template("b")),
        new Step.Await("done"));
    assertThat(plan.senders().opening()).containsExactly(new Step.Say(new Template("s")));
  }

  @Test
  void nonsenseIsRefusedWithTheOptionAndTheValue() {
    assertRefused("--url must be like ws://host:port/path or wss://…, but was \"http://x\"", "fanout", "--url", "http://x");
    assertRefused("--url must have a port from 1 to 65535, but was \"ws://x:70000\"", "fanout", "--url", "ws://x:70000");
    assertRefused("--rate must be from 0 to 1000000 messages a second, but was -1.0", "fanout", "--rate", "-1");
    assertRefused("--seconds must be above 0 and at most 86400, but was 0.0", "idle", "--seconds", "0");
    assertRefused("Parrot has one active sender: use --senders 1, or another --protocol", "fanout", "--senders", "2");
    assertRefused("--message must contain {marker}, by which the tool knows its messages again", "rooms", "--message", "hi");
    assertRefused("the preset socketio is for --protocol socketio", "socketio", "--protocol", "plain", "--message", "{marker}");
    assertRefused("--protocol socketio goes with the presets socketio and idle", "fanout", "--protocol", "socketio", "--message", "{marker}");
    assertRefused("--namespace is for --protocol socketio", "idle", "--namespace", "/x");
    assertRefused("--namespace must be like /name, but was \"x\"", "socketio", "--namespace", "x");
    assertRefused("{switch} in place of a marker needs one sender and a --rate above 0: messages are known by their turn and their time", "socketio", "--rate", "0");
    assertRefused("--together must be from 1 to 10000, and needs a --rate above 0", "rooms", "--together", "0");
    assertRefused("--clients must be from 1 to 60000, but was 60001", "socketio", "--clients", "60001");
    assertRefused("nobody would receive: with 1 sender(s), 0 receiver(s) and --hear others no message has a receiver", "fanout", "--protocol", "plain",
        "--receivers", "0");
    assertRefused("--clients must be from 2 to 4000, but was 1: the tool keeps two counters for each pair of them", "mesh", "--clients", "1");
    assertRefused("--clients must be from 2 to 4000, but was 100000: the tool keeps two counters for each pair of them", "mesh", "--clients", "100000");
    assertRefused("--message must contain {target}, by which the server knows whom it is for; of the protocols, mesh can do that", "mesh", "--protocol", "gallery");
    assertRefused("{target} is for the preset mesh: elsewhere a message is for all who hear the sender", "rooms", "--message", "{marker}{target}");
    assertRefused("an organisation of Mesh is one room: use --rooms 1", "rooms", "--protocol", "mesh", "--rooms", "2");
    assertRefused("--organization must not be empty", "mesh", "--organization", "");
    assertRefused("--token must be of visible ASCII letters without spaces", "mesh", "--token", "a b");
    assertRefused("--heartbeat must be from 0 to 3600, but was -1.0", "mesh", "--heartbeat", "-1");
    assertRefused("--secret is needed for --protocol ptt: the tokens are signed with the server's SECRET_KEY", "ptt");
    assertRefused("--protocol ptt goes with the presets ptt, presence, snapshot and idle", "fanout", "--protocol", "ptt", "--secret", "k");
    assertRefused("the presets ptt, presence and snapshot are for --protocol ptt", "ptt", "--protocol", "gallery");
    assertRefused("--message is text, which PTT does not speak: --bytes says how much audio a frame has", "ptt", "--secret", "k", "--message", "{marker}");
    assertRefused("a group has one talker: use --senders 1, and --groups for more talkers", "ptt", "--secret", "k", "--senders", "2");
    assertRefused("a talker has the floor for 90 s at most (MAXIMUM_AUDIO_DURATION): the run would take 105 s, the most is 80", "ptt", "--secret", "k", "--seconds", "100");
    assertRefused("presence is paced by --heartbeat, which must be at least 0.1", "presence", "--secret", "k", "--rate", "3");
    assertRefused("--redis must be like 127.0.0.1:6379, but was \"redis\"", "presence", "--secret", "k", "--redis", "redis");
    assertRefused("snapshot compares latencies, so it needs a --rate above 0", "snapshot", "--secret", "k", "--saturate");
    assertRefused("--header must be like \"Name: value\"", "fanout", "--header", "nothing");
  }

  @Test
  void theProcessEndsWithTheCodeThatTheHelpNames() {
    assertThat(run("--help")).startsWith("0 ").contains("--at-once").contains("Examples:");
    assertThat(run("jump")).startsWith("2 roost bench: Invalid value for positional parameter at index 0 (PRESET)");
    assertThat(run("fanout", "--nope")).startsWith("2 roost bench: Unknown option: '--nope'");
    assertThat(run()).startsWith("2 roost bench: Missing required parameter: 'PRESET'");
    assertThat(run("fanout", "--opening")).startsWith("2 roost bench: ");
    assertThat(run("fanout", "--pid", "999999999", "--no-floor")).startsWith("1 roost bench: --pid 999999999: there is no such process");
  }

  @Test
  void strictMakesALossAFailureAndJsonSaysHowMany() throws Exception {
    try (FakeRelay relay = new FakeRelay(delivery -> delivery == 10 ? FakeRelay.Fate.TWICE : FakeRelay.Fate.PASS)) {
      String[] load = {"fanout", "--protocol", "plain", "--url", "ws://127.0.0.1:" + relay.port(), "--receivers", "1", "--rate", "100", "--seconds", "0.2",
          "--warmup", "0",
          "--no-floor", "--json", "--strict"};
      assertThat(run(load)).startsWith("3 {\"preset\":\"fanout\"").contains("\"delivered\":20,").contains("\"duplicated\":1,").contains("\"lost\":0,")
          .endsWith("}\n");
      assertThat(run(load)).startsWith("0 {").contains("\"duplicated\":0,");
    }
  }

  /** The exit code and all that was printed. */
  private static String run(String... arguments) {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream both = new PrintStream(printed, true, StandardCharsets.UTF_8);
    return Bench.run(both, both, run -> { }, arguments) + " " + printed.toString(StandardCharsets.UTF_8);
  }

  private static void assertRefused(String complaint, String... arguments) {
    assertThatThrownBy(() -> plan(arguments)).isInstanceOf(BenchException.class).hasMessage(complaint);
  }

  private static Plan ptt(String preset, String... more) {
    return plan(Stream.of(new String[] {preset, "--secret", "k"}, more).flatMap(Stream::of).toArray(String[]::new));
  }

  private static Plan plan(String... arguments) {
    return BenchOptions.parse(arguments).plan();
  }
}
