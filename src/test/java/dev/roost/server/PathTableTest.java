package dev.roost.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.roost.core.SettingException;
import dev.roost.core.Settings;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose an upgrade on the shared port is, where it is not only the path that says so; the README has the table. */
class PathTableTest {
  private static final String MESH = "MINI_SERVER_ORGANIZATION_ID";

  private final HttpClient client = HttpClient.newHttpClient();
  private Roost roost;

  @AfterEach
  void stop() {
    if (roost != null) {
      roost.close();
    }
    client.shutdownNow();
  }

  // ---- Who has a path

  @Test
  void anOrganisationMeansTheMesh() throws Exception {
    start(Map.of(MESH, "org_1"));
    checkMesh("/anything?organizationId=org_1&clientId=ada");
    checkMesh("/?userId=u1&organizationId=org_1&clientId=bob");
    for (String path : List.of("/anything?organizationId=org_2&clientId=ada", "/?organizationId=", "/mesh?clientId=ada", "/mesh")) {
      assertThat(refusal(path)).as(path).isEqualTo(401);
    }
  }

  @Test
  void aClientIdAloneMeansNothing() throws Exception {
    start(Map.of(MESH, "org_1"));
    checkParrot("/phone?clientId=abc");
    checkParrot("/?clientId=abc&organisationId=org_1");
    checkGallery("/anything?clientId=abc&userId=u1");
  }

  @Test
  void whatAnotherProtocolOwnsIsNotTheMeshs() throws Exception {
    start(Map.of(MESH, "org_1"));
    checkParrot("/pocket-parrot?clientId=ada&organizationId=org_1");
    checkParrot("/anything");
    checkParrot("/anything?clientId=ada");
    checkGallery("/anything?userId=u1&clientId=ada");
    checkGallery("/gallery?clientId=ada&organizationId=org_1");
    checkGallery("/anything?userId=u1");
  }

  @Test
  void whoMeansAMeshIsToldThatThereIsNone() throws Exception {
    start(Map.of());
    assertThat(refusal("/anything?organizationId=org_1&clientId=ada")).isEqualTo(404);
    assertThat(refusal("/mesh?clientId=ada")).isEqualTo(404);
  }

  @Test
  void aPathOfTheMeshLeavesTheOthersToTheOthers() throws Exception {
    start(Map.of(MESH, "org_1", "MESH_PATH", "/devices"));
    checkMesh("/devices?organizationId=org_1&clientId=ada");
    checkMesh("/mesh?organizationId=org_1&clientId=bob");
    assertThat(refusal("/devices?clientId=ada")).isEqualTo(401);
    checkParrot("/anything?clientId=ada");
    checkParrot("/?organizationId=org_1&clientId=ada");
  }

  @Test
  void aPathOfTheGalleryIsOneMore() throws Exception {
    start(Map.of(MESH, "org_1", "GALLERY_PATH", "/rooms"));
    checkGallery("/rooms");
    checkGallery("/rooms?clientId=ada&organizationId=org_1");
    checkGallery("/gallery");
    checkGallery("/anything?userId=u1");
  }

  // ---- PTT

  @Test
  void aTokenMeansPttWhereNobodyOwnsThePath() throws Exception {
    start(Map.of("USE_AUTHENTICATION", "false", MESH, "org_1"));
    for (String header : List.of("token", "voicepingtoken", "Token")) {
      for (String path : List.of("/", "/anything", "/ptt", "/?userId=u1", "/x?apiKey=k")) {
        checkPtt(path, header, "ann");
      }
    }
    checkParrotWith("/dashboard-of-mine", "authorization", "ann");
  }

  @Test
  void whatAnotherProtocolOwnsIsNotPtts() throws Exception {
    start(Map.of("USE_AUTHENTICATION", "false", MESH, "org_1"));
    checkParrotWith("/pocket-parrot", "token", "ann");
    checkGallery("/gallery");
    checkParrot("/anything");
    checkGallery("/anything?userId=u1");
    assertThat(refusal("/ptt")).as("without a token").isEqualTo(401);
    assertThat(refusal("/anything?organizationId=org_2", "token", "ann")).as("the mesh comes first").isEqualTo(401);
  }

  @Test
  void twoSubprotocolsMeanPttAndTheFirstIsChosen() throws Exception {
    start(Map.of("USE_AUTHENTICATION", "false"));
    WebSocket socket = client.newWebSocketBuilder().subprotocols("ann", "device").buildAsync(uri("/anything"), new WebSocket.Listener() { }).get(10, TimeUnit.SECONDS);
    assertThat(socket.getSubprotocol()).isEqualTo("ann");
    socket.abort();
  }

  @Test
  void twoSubprotocolsThatAreNoTokenBelongToWhoeverHasThePath() throws Exception {
    start(Map.of("SECRET_KEY", "a key of thirty-two bytes or more"));
    WebSocket socket = client.newWebSocketBuilder().subprotocols("v2", "v1").buildAsync(uri("/anything"), new WebSocket.Listener() { }).get(10, TimeUnit.SECONDS);
    assertThat(socket.getSubprotocol()).as("Parrot's").isEqualTo("v2");
    socket.abort();
  }

  @Test
  void whoMeansPttIsToldThatItIsOff() {
    start(Map.of());
    assertThat(refusal("/ptt")).isEqualTo(404);
    assertThat(refusal("/ptt", "token", "ann")).isEqualTo(404);
    assertThat(refusal("/anything", "token", "ann")).isEqualTo(404);
  }

  // ---- Paths that settings add

  @ParameterizedTest
  @CsvSource({"MESH_PATH, /gallery, gallery", "MESH_PATH, /dashboard, parrot", "MESH_PATH, /pocket-parrot, parrot", "MESH_PATH, /listener, parrot", "MESH_PATH, /socket.io/, publicrooms", "MESH_PATH, /ptt, ptt",
      "MESH_PATH, /echo, echo", "MESH_PATH, /engine.io/, conformance", "GALLERY_PATH, /mesh, mesh", "GALLERY_PATH, /bulk, parrot", "GALLERY_PATH, /orientation, parrot"})
  void aPathThatIsTakenIsRefused(String setting, String path, String owner) {
    String message = setting + " must be * or a path that no other protocol has, but was \"" + path + "\" (from the environment), which is " + owner + "'s";
    Map<String, String> environment = Map.of(MESH, "org_1", setting, path);
    assertThatThrownBy(() -> report(environment)).isInstanceOf(SettingException.class).hasMessage(message);
    assertThatThrownBy(() -> start(environment)).isInstanceOf(SettingException.class).hasMessage(message);
  }

  @Test
  void onePathForTwoIsRefused() {
    assertThatThrownBy(() -> report(Map.of(MESH, "org_1", "MESH_PATH", "/x", "GALLERY_PATH", "/x")))
        .hasMessage("MESH_PATH must be * or a path that no other protocol has, but was \"/x\" (from the environment), which is gallery's");
  }

  @ParameterizedTest
  @ValueSource(strings = {"*", "/mesh", "/devices", "/gallery/", "/Gallery", "/a/b"})
  void aPathThatIsFreeIsTaken(String path) {
    assertThat(report(Map.of(MESH, "org_1", "MESH_PATH", path, "GALLERY_PATH", "/gallery"))).contains("The configuration is valid: parrot, gallery, publicrooms, mesh");
  }

  @Test
  void theSettingOfAProtocolThatDoesNotRunDoesNotMatter() {
    assertThat(report(Map.of("MESH_PATH", "/gallery"))).contains("The configuration is valid: parrot, gallery, publicrooms on");
    assertThat(report(Map.of(MESH, "org_1", "ONLY", "mesh", "GALLERY_PATH", "/x", "MESH_PATH", "/x"))).contains("The configuration is valid: mesh on");
  }

  // ---- Clients

  private void checkMesh(String path) throws Exception {
    assertThat(Inbox.connect(client, roost.port(), path).await(text -> true)).contains("\"type\":\"welcome\"", "\"organizationId\":\"org_1\"");
  }

  private void checkParrot(String path) throws Exception {
    Inbox user = Inbox.connect(client, roost.port(), path).send("{\"type\":\"handshake\"}");
    assertThat(user.await(text -> text.contains("\"role\""))).contains("sender");
    user.close();
  }

  private void checkGallery(String path) throws Exception {
    assertThat(Inbox.connect(client, roost.port(), path).await(text -> true)).contains("\"connected\"", "\"userId\"");
  }

  private URI uri(String path) {
    return URI.create("ws://127.0.0.1:" + roost.port() + path);
  }

  /** CONNECTION_TEST is answered to the user of the token. */
  private void checkPtt(String path, String header, String userId) throws Exception {
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    WebSocket socket = client.newWebSocketBuilder().header(header, userId).buildAsync(uri(path), new WebSocket.Listener() {
      @Override
      public CompletionStage<?> onBinary(WebSocket webSocket, ByteBuffer data, boolean last) {
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        answer.complete(bytes);
        return null;
      }
    }).get(10, TimeUnit.SECONDS);
    socket.sendBinary(ByteBuffer.wrap(new byte[] {(byte) 0x92, 1, 25}), true).get(10, TimeUnit.SECONDS);
    assertThat(answer.get(10, TimeUnit.SECONDS)).as(path).startsWith(0x95, 1, 26, 0, 0xa0 + userId.length()).contains(userId.getBytes(StandardCharsets.UTF_8)).endsWith(0xc0);
    socket.abort();
  }

  private void checkParrotWith(String path, String header, String value) throws Exception {
    CompletableFuture<String> answer = new CompletableFuture<>();
    WebSocket socket = client.newWebSocketBuilder().header(header, value).buildAsync(uri(path), new WebSocket.Listener() {
      @Override
      public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
        answer.complete(data.toString());
        return null;
      }
    }).get(10, TimeUnit.SECONDS);
    socket.sendText("{\"type\":\"handshake\"}", true);
    assertThat(answer.get(10, TimeUnit.SECONDS)).as(path).contains("\"type\"");
    socket.abort();
  }

  /** The status with which the upgrade is refused. */
  private int refusal(String path) {
    return refusal(path, "accept-language", "en");
  }

  private int refusal(String path, String header, String value) {
    try {
      client.newWebSocketBuilder().header(header, value).buildAsync(uri(path), new WebSocket.Listener() { }).get(10, TimeUnit.SECONDS).abort();
    } catch (ExecutionException e) {
      assertThat(e).hasCauseInstanceOf(WebSocketHandshakeException.class);
      return ((WebSocketHandshakeException) e.getCause()).getResponse().statusCode();
    } catch (Exception e) {
      throw new AssertionError(path, e);
    }
    throw new AssertionError(path + " is not refused");
  }

  private void start(Map<String, String> environment) {
    roost = Roost.start(environment(environment));
  }

  private static String report(Map<String, String> environment) {
    return ConfigurationCheck.report(environment(environment));
  }

  private static Settings environment(Map<String, String> environment) {
    Map<String, String> all = new HashMap<>(Map.of("HOST", "127.0.0.1", "PORT", "0", "STORE", "memory"));
    all.putAll(environment);
    return new Settings(Map.of(), all, Map.of());
  }
}
