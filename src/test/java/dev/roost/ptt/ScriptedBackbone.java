package dev.roost.ptt;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The way to other servers, which are the test. */
final class ScriptedBackbone implements Backbone {
  /** What this server said of itself, and was not looked at yet: {@code "arrived ann"}. */
  private final List<String> told = new ArrayList<>();
  private final List<PeerMessage> sent = new ArrayList<>();
  private final ArrayDeque<Consumer<Boolean>> finding = new ArrayDeque<>();
  boolean hasPeers = true;

  @Override
  public boolean hasPeers() {
    return hasPeers;
  }

  @Override
  public void arrived(String userId) {
    told.add("arrived " + userId);
  }

  @Override
  public void departed(String userId) {
    told.add("departed " + userId);
  }

  @Override
  public void joined(String groupId) {
    told.add("joined " + groupId);
  }

  @Override
  public void left(String groupId) {
    told.add("left " + groupId);
  }

  @Override
  public void find(String userId, Consumer<Boolean> found) {
    told.add("find " + userId);
    finding.add(found);
  }

  @Override
  public void send(PeerMessage message) {
    sent.add(message);
  }

  /** Answers the oldest search. */
  void found(boolean isFound) {
    finding.remove().accept(isFound);
  }

  List<String> told() {
    List<String> taken = List.copyOf(told);
    told.clear();
    return taken;
  }

  List<PeerMessage> sent() {
    List<PeerMessage> taken = List.copyOf(sent);
    sent.clear();
    return taken;
  }
}
