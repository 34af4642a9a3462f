package dev.roost.transport;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Compression of messages as RFC 7692, section 7, has it: who gets it, and what does the work. Any thread.
 *
 * <p>No message refers to an earlier one, in neither direction ({@code server_no_context_takeover}, {@code client_no_context_takeover}). So a broadcast is
 * compressed once for all its receivers, a loop's connections share one {@link Deflation} and one {@link Inflation}, and a connection holds nothing but the
 * account of its {@link InflationBudget}. A compressor a connection was measured at 255–290 KB.
 */
final class PerMessageDeflate {
  private static final String NAME = "permessage-deflate";
  private static final String ANSWER = NAME + "; server_no_context_takeover; client_no_context_takeover";
  private static final String SERVER_WINDOW = "server_max_window_bits";
  /** The only one that java.util.zip has: 32 KiB. */
  private static final String WINDOW_BITS = "15";
  private static final Set<String> WINDOWS = Set.of("8", "9", "10", "11", "12", "13", "14", WINDOW_BITS);

  private final int minBytes;
  private final TrafficMeter meter;
  private final Map<NettyLoop, Codec> codecs = new ConcurrentHashMap<>();

  /** What was agreed with one client. The compressor belongs to the loop of its socket, the budget to the client. */
  record Agreement(String answer, Deflation deflation, InflationBudget inflation) {}

  private record Codec(Deflation deflation, Inflation inflation) {

    void release() {
      deflation.release();
      inflation.release();
    }
  }

  private PerMessageDeflate(int minBytes, TrafficMeter meter) {
    this.minBytes = minBytes;
    this.meter = meter;
  }

  /** The extension, if it is on: then the number says from how many bytes on a message is compressed. */
  static Optional<PerMessageDeflate> of(OptionalInt minBytes, TrafficMeter meter) {
    return minBytes.isPresent() ? Optional.of(new PerMessageDeflate(minBytes.getAsInt(), meter)) : Optional.empty();
  }

  /** Compression for a connection on this loop, if its client offers it in a way that we can do. */
  Optional<Agreement> agree(HttpRequest request, NettyLoop loop) {
    return answer(request.headers().getOrDefault("sec-websocket-extensions", List.of())).map(answer -> {
      Codec codec = codecs.computeIfAbsent(loop, given -> new Codec(new Deflation(minBytes, meter), new Inflation()));
      return new Agreement(answer, codec.deflation, new InflationBudget(codec.inflation, loop));
    });
  }

  /** Gives back what the workers hold outside of the heap. */
  void release() {
    codecs.forEach((loop, codec) -> loop.execute(codec::release));
  }

  /** What is answered to these header lines: to the first offer that can be accepted. Empty if there is none, and the connection goes without. */
  static Optional<String> answer(List<String> lines) {
    return ExtensionOffers.parse(lines).stream().filter(offer -> offer.name().equals(NAME)).map(PerMessageDeflate::answer).flatMap(Optional::stream).findFirst();
  }

  /** Section 7.1: an offer with a parameter that is unknown, has a wrong value, or comes twice is declined. */
  private static Optional<String> answer(ExtensionOffers.Offer offer) {
    Set<String> names = new HashSet<>();
    for (ExtensionOffers.Parameter parameter : offer.parameters()) {
      if (!names.add(parameter.name()) || !isAcceptable(parameter)) {
        return Optional.empty();
      }
    }
    // Section 7.1.2.1: who accepts this one has to repeat it. Of the client's window (7.1.2.2) nothing is asked: ours is the largest and reads all.
    return Optional.of(names.contains(SERVER_WINDOW) ? ANSWER + "; " + SERVER_WINDOW + "=" + WINDOW_BITS : ANSWER);
  }

  private static boolean isAcceptable(ExtensionOffers.Parameter parameter) {
    return switch (parameter.name()) {
      case "server_no_context_takeover", "client_no_context_takeover" -> parameter.value().isEmpty();
      case "client_max_window_bits" -> parameter.value().isEmpty() || WINDOWS.contains(parameter.value().get());
      // A smaller one is valid, but not to be had here.
      case SERVER_WINDOW -> parameter.value().equals(Optional.of(WINDOW_BITS));
      default -> false;
    };
  }
}
