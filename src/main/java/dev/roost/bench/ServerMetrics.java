package dev.roost.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;

/** What a server says at {@code /metrics} of its presence. A server that says nothing there is asked once and no more; not thread-safe. */
final class ServerMetrics {
  private static final int TIMEOUT_MILLIS = 5_000;
  private static final String HEARTBEATS = "presence_heartbeat_received_total";

  private final String url;
  private boolean isSilent;

  ServerMetrics(Target target) {
    url = (target.tls() ? "https://" : "http://") + target.host() + ":" + target.port() + "/metrics";
  }

  /** Heartbeats that were accepted since the server's start; empty if it does not say. */
  OptionalLong heartbeats() {
    if (isSilent) {
      return OptionalLong.empty();
    }
    try {
      HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
      connection.setConnectTimeout(TIMEOUT_MILLIS);
      connection.setReadTimeout(TIMEOUT_MILLIS);
      try (BufferedReader lines = new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8))) {
        OptionalLong found = lines.lines().filter(line -> line.startsWith(HEARTBEATS)).map(line -> line.substring(line.lastIndexOf(' ') + 1))
            .mapToLong(value -> (long) Double.parseDouble(value)).findFirst();
        isSilent = found.isEmpty();
        return found;
      }
    } catch (IOException e) {
      isSilent = true;
      return OptionalLong.empty();
    }
  }
}
