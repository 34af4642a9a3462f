package dev.roost.mesh;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * An organisation as its operators see it, in the shape of the original.
 *
 * @param isRunning false only where a mini server is stopped
 * @param clientCount devices that are connected
 * @param currentAdmin who is in office
 * @param isAdmin whether that is the server's own device
 * @param candidates who stands for office, or would if it were vacant, in the order in which they came
 * @param adminElectionActive whether an election is under way
 * @param term counts the changes of office
 */
public record MeshStatistics(boolean isRunning, int clientCount, Optional<String> currentAdmin, boolean isAdmin, List<CandidateFigures> candidates, Config config,
    boolean adminElectionActive, long term) {

  /**
   * Somebody who stands.
   *
   * @param priority section 2.2 of the contract; the highest wins
   */
  public record CandidateFigures(String deviceId, String deviceName, List<String> capabilities, Instant joinTime, Instant lastSeen, int priority) {

    static CandidateFigures of(Introduction who, Instant joined, Instant seen) {
      return new CandidateFigures(who.clientId(), who.name(), who.capabilities().names(), joined, seen, who.capabilities().priority());
    }
  }

  /**
   * How the mesh is set up.
   *
   * @param port where it can be reached
   */
  public record Config(int port, String organizationId, String deviceId, String deviceName, Duration heartbeatInterval, Duration clientTimeout) {}
}
