package dev.roost.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.CloseReason;
import dev.roost.core.Delivery;
import dev.roost.sim.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Section 2.1: coming, going, and coming again as the same device. */
class ConnectTest {
  private final MeshWorld world = new MeshWorld();

  // ---- Coming and going

  @Test
  @DisplayName("1. Connect: welcome first, then the list with oneself, byte by byte")
  void connect() {
    long now = world.loop.now().toEpochMilli();
    MeshDevice a = world.connect("A", "location.share,location.view", "clientName", "Ann");

    assertThat(a.expect("welcome")).isEqualTo(Json.parse(Json.quoted(
        "{'type':'welcome','data':{'serverId':'server_1','serverName':'Mini Server','organizationId':'org_1','timestamp':" + now + "}}")));
    assertThat(a.expect("client-list-update")).isEqualTo(Json.parse(Json.quoted("{'type':'client-list-update','data':{'clients':[{'id':'A','name':'Ann',"
        + "'capabilities':['location.share','location.view'],'lastSeen':" + now + "}],'adminId':null,'term':" + now + "}}")));
    a.nothing();
    assertThat(a.deliveries()).containsExactly(Delivery.RELIABLE, Delivery.RELIABLE);
  }

  @Test
  @DisplayName("2. Defaults: Unknown Client, and no capabilities at all")
  void defaults() {
    Json client = world.connect("A", "").take().getLast().at("data", "clients", 0);

    assertThat(client.at("name").text()).isEqualTo("Unknown Client");
    assertThat(client.at("capabilities").items()).isEmpty();
  }

  @Test
  @DisplayName("5. Join and leave: everybody has the list, in the order of coming")
  void joinAndLeave() {
    MeshDevice z = world.device("Z", "");
    MeshDevice b = world.connect("B", "");
    b.expect("welcome");
    b.expectList(List.of("Z", "B"), null).nothing();
    z.expectList(List.of("Z", "B"), null).nothing();
    MeshDevice a = world.device("A", "");
    z.expectList(List.of("Z", "B", "A"), null);
    b.expectList(List.of("Z", "B", "A"), null);

    b.drop();

    z.expectList(List.of("Z", "A"), null).nothing();
    a.expectList(List.of("Z", "A"), null).nothing();
    z.drop();
    a.expectList(List.of("A"), null).nothing();
  }

  @Test
  @DisplayName("5. Who comes back is new: at the end of the list, with a new join time")
  void comingBack() {
    MeshDevice a = world.candidate("A");
    world.candidate("B");
    a.drop();
    world.pass(10);
    world.candidate("A");

    assertThat(world.ids()).containsExactly("B", "A");
    assertThat(world.statistics().candidates().getLast().joinTime()).isEqualTo(world.loop.now());
  }

  @Test
  @DisplayName("3.2 A newcomer sees who is in office right after its list; the others are told of it by the list alone")
  void newcomer() {
    MeshDevice x = world.admin("X");
    world.pass(500);
    world.takeLog();
    MeshDevice y = world.connect("Y", "location.view,admin.manage");

    assertThat(world.takeLog()).containsExactly("Y welcome", "X client-list-update [X, Y] X", "Y client-list-update [X, Y] X", "Y admin-heartbeat X");
    y.expect("welcome");
    y.expect("client-list-update");
    assertThat(y.expect("admin-heartbeat").at("data", "timestamp").number()).isEqualTo(world.loop.now().toEpochMilli());
    x.expectList(List.of("X", "Y"), "X").nothing();
  }

  @Test
  @DisplayName("2.1 A connection that is gone is gone once: its end is heard, and nothing else")
  void goneOnce() {
    MeshDevice a = world.device("A", "");
    MeshDevice b = world.device("B", "");
    b.drop();
    a.forget();
    world.takeNews();

    b.tell("broadcast", "1").heartbeat().locate("{'latitude':1,'longitude':1}").requestList();
    b.drop();

    a.nothing();
    b.nothing();
    assertThat(world.takeNews()).isEmpty();
    assertThat(world.ids()).containsExactly("A");
  }

  // ---- The same device again

  @Test
  @DisplayName("20. Same id: the old connection is closed 1008, the list has the device once, with what it says now")
  void replaced() {
    MeshDevice a1 = world.connect("A", "location.share", "clientName", "Old").forget();
    MeshDevice b = world.device("B", "");
    MeshDevice c = world.device("C", "");
    a1.forget();
    b.forget();
    world.takeLog();
    world.pass(100);

    MeshDevice a2 = world.connect("A", "location.view", "clientName", "New");

    assertThat(a1.closed()).contains(new CloseReason(1008, "Replaced by new connection"));
    assertThat(world.takeLog()).startsWith("A welcome").endsWith("A client-list-update [A, B, C] null").hasSize(4)
        .contains("B client-list-update [A, B, C] null", "C client-list-update [A, B, C] null");
    Json first = b.take().getLast().at("data", "clients", 0);
    assertThat(first.at("name").text()).isEqualTo("New");
    assertThat(first.at("capabilities").items()).containsExactly(new Json("location.view"));
    a1.nothing();
    assertThat(a2.types()).containsExactly("welcome", "client-list-update");
    assertThat(c.types()).containsExactly("client-list-update");
  }

  @Test
  @DisplayName("20. Same id: what the old connection does afterwards has no effect, its close included")
  void replacedHasNoEffect() {
    MeshDevice a1 = world.device("A", "");
    MeshDevice b = world.device("B", "");
    a1.forget();
    MeshDevice a2 = world.device("A", "");
    world.pass(20_000);
    b.forget();
    a2.forget();

    a1.heartbeat().tell("B", "1").tell("broadcast", "2").requestList().send("nonsense").pong();
    a1.drop();

    b.nothing();
    a2.nothing();
    assertThat(world.ids()).containsExactly("A", "B");
    assertThat(world.organization.clients().getFirst().lastSeen()).isEqualTo(world.loop.now().minusSeconds(20));
    b.tell("A", "{'n':1}");
    assertThat(a2.expect("peer-message").at("data", "message", "n").number()).isEqualTo(1);
    a1.nothing();
    b.tell("broadcast", "{'n':2}");
    assertThat(a2.take()).hasSize(1);
    assertThat(a1.sentInVain()).as("the old connection is forgotten").isZero();
  }

  @Test
  @DisplayName("20. Same id: the record keeps its place, its join time and its office, without an election")
  void replacedAdmin() {
    MeshDevice x1 = world.admin("X");
    MeshDevice y = world.device("Y", "location.view,admin.manage");
    y.forget();
    long term = world.statistics().term();
    world.pass(1_000);

    MeshDevice x2 = world.connect("X", "admin.manage,location.share");

    assertThat(x1.closed()).isPresent();
    assertThat(x2.types()).containsExactly("welcome", "client-list-update", "admin-heartbeat");
    y.expectList(List.of("X", "Y"), "X").nothing();
    assertThat(world.holder()).contains("X");
    assertThat(world.statistics().term()).isEqualTo(term);
    assertThat(world.statistics().candidates()).extracting(MeshStatistics.CandidateFigures::deviceId).containsExactly("X", "Y");
    assertThat(world.statistics().candidates().getFirst().priority()).isEqualTo(12);
    assertThat(world.statistics().candidates().getFirst().joinTime()).isEqualTo(world.loop.now().minusMillis(3_000));
  }

  @Test
  @DisplayName("O6: replaced by a connection without admin.manage: candidacy and office end")
  void replacedWithoutCapability() {
    world.admin("X");
    MeshDevice y = world.candidate("Y");

    MeshDevice x2 = world.connect("X", "location.share");

    y.expectList(List.of("X", "Y"), null).nothing();
    assertThat(x2.types()).containsExactly("welcome", "client-list-update");
    assertThat(world.candidates()).containsExactly("Y");
    assertThat(world.isElecting()).isTrue();
    world.pass(MeshWorld.DELAY);
    assertThat(world.holder()).contains("Y");
  }

  @Test
  @DisplayName("2.1 Replaced by a connection with other capabilities: its priority counts at the next election, and its order stays")
  void replacedPriority() {
    world.candidate("X");
    world.candidate("Y");
    world.connect("Y", "admin.manage,location.view");
    world.connect("X", "admin.manage,location.view");
    world.pass(MeshWorld.DELAY);

    assertThat(world.holder()).contains("X");
  }

  @Test
  @DisplayName("2.1 A replacement that first becomes a candidate stands from then on, in its old place")
  void replacedBecomesCandidate() {
    world.device("A", "");
    world.candidate("B");
    world.device("A", "admin.manage");
    world.pass(MeshWorld.DELAY);

    assertThat(world.holder()).contains("A");
  }

  // ---- Full

  @Test
  @DisplayName("4. MAX_CLIENTS: one too many is closed 1013, nobody hears of it; a device that is there may come again")
  void full() {
    MeshWorld small = new MeshWorld("MAX_CLIENTS", "2");
    MeshDevice a = small.device("A", "");
    MeshDevice b = small.device("B", "");
    a.forget();
    small.takeNews();

    MeshDevice c = small.connect("C", "admin.manage", "deviceType", "admin");

    assertThat(c.closed()).contains(new CloseReason(1013, "Server full"));
    c.nothing();
    a.nothing();
    b.nothing();
    c.heartbeat().tell("broadcast", "1");
    c.drop();
    a.nothing();
    assertThat(small.takeNews()).isEmpty();
    assertThat(small.holder()).isEmpty();
    assertThat(small.device("B", "x").closed()).isEmpty();
    assertThat(b.closed()).contains(CloseReason.policy("Replaced by new connection"));
    a.drop();
    assertThat(small.connect("C", "").closed()).isEmpty();
    assertThat(small.ids()).containsExactly("B", "C");
  }

  // ---- Capabilities

  @Test
  @DisplayName("21. Repeated and empty capabilities count once; 200 are cut to 32")
  void capabilities() {
    world.device("A", "admin.manage,admin.manage,,");
    world.device("B", "admin.manage," + String.join(",", IntStream.range(0, 199).mapToObj(i -> "c" + i).toList()));

    assertThat(world.statistics().candidates()).extracting(MeshStatistics.CandidateFigures::priority).containsExactly(11, 42);
    assertThat(world.organization.clients().getLast().capabilities()).hasSize(32).startsWith("admin.manage", "c0");
  }

  // ---- For the program around it

  @Test
  @DisplayName("Listener: who comes and goes, whatever the reason; not who comes again")
  void news() {
    MeshDevice a = world.connect("A", "location.share", "clientName", "Ann");
    world.connect("A", "admin.manage", "clientName", "Anna");
    assertThat(world.takeNews()).containsExactly("org_1 connected A Ann [location.share]");
    a.drop();
    assertThat(world.takeNews()).isEmpty();
    world.pass(MeshWorld.DELAY);
    assertThat(world.takeNews()).containsExactly("org_1 office A");
    MeshDevice b = world.device("B", "");
    world.pass(MeshWorld.TIMEOUT - MeshWorld.DELAY - 1);
    b.heartbeat().locate("{'latitude':1,'longitude':2}");
    world.takeNews();
    world.pass(MeshWorld.HEARTBEAT + 1);

    assertThat(world.takeNews()).containsExactly("org_1 disconnected A", "org_1 office vacant");
    b.drop();
    world.mainAdmin("M");
    assertThat(world.takeNews()).containsExactly("org_1 disconnected B", "org_1 connected M Unknown Client [admin.manage]", "org_1 office M main");
  }

  @Test
  @DisplayName("Figures count what happened")
  void figures() {
    MeshDevice a = world.admin("A");
    world.device("A", "admin.manage");
    MeshDevice b = world.device("B", "");
    b.tell("A", "1").tell("broadcast", "1").tell("nobody", "1").locate("{'latitude':1,'longitude':1}").locate("{}");
    world.mainAdmin("M");
    world.passWhileAlive(MeshWorld.TIMEOUT + MeshWorld.HEARTBEAT, b);
    a.drop();

    List<String> counted = new ArrayList<>();
    world.organization.figures().forEach((name, value) -> counted.add(name + " " + value));
    counted.removeIf(figure -> figure.startsWith("term "));
    assertThat(counted).containsExactly("clients 1", "candidates 0", "admins 0", "mainAdmins 0", "pendingElections 0", "joins 3", "replacements 1", "turnedAway 0", "timeouts 2",
        "elections 2", "officeChanges 5",
        "handOffs 1", "peerMessages 2", "locationUpdates 1", "faults 2");
  }

  // ---- The end

  @Test
  @DisplayName("4. Shutdown: everybody is closed 1001, and nothing that follows is news")
  void shutdown() {
    MeshDevice x = world.admin("X");
    MeshDevice y = world.candidate("Y");
    x.forget();
    world.takeNews();

    world.loop.run(world.organization::shutdown);

    assertThat(x.closed()).contains(new CloseReason(1001, "Server shutting down"));
    assertThat(y.closed()).contains(new CloseReason(1001, "Server shutting down"));
    x.heartbeat().tell("broadcast", "1");
    x.drop();
    y.drop();
    world.pass(100_000);
    x.nothing();
    y.nothing();
    assertThat(world.takeNews()).isEmpty();
    assertThat(world.ids()).isEmpty();
  }

  @Test
  @DisplayName("4. Shutdown while an election is pending: it never fires")
  void shutdownWhilePending() {
    MeshDevice x = world.candidate("X");
    world.loop.run(world.organization::shutdown);
    world.pass(100_000);

    x.nothing();
    assertThat(world.takeNews()).containsExactly("org_1 connected X Unknown Client [admin.manage]");
  }
}
