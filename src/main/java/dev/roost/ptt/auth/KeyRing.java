package dev.roost.ptt.auth;

import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Keys by what they are good for. Immutable. */
final class KeyRing {
  static final KeyRing EMPTY = new KeyRing(List.of());

  private final Map<Algorithm, List<VerificationKey>> keys = new EnumMap<>(Algorithm.class);
  private final Set<String> ids = new HashSet<>();

  KeyRing(List<VerificationKey> all) {
    for (Algorithm algorithm : Algorithm.values()) {
      keys.put(algorithm, all.stream().filter(key -> key.algorithms().contains(algorithm)).toList());
    }
    all.stream().map(VerificationKey::id).forEach(ids::add);
  }

  /** Those that may have signed a token: where it names a key, that one and those without a name; where it does not, all. */
  List<VerificationKey> fitting(Algorithm algorithm, String keyId) {
    List<VerificationKey> fitting = keys.get(algorithm);
    return keyId.isEmpty() ? fitting : fitting.stream().filter(key -> key.id().isEmpty() || key.id().equals(keyId)).toList();
  }

  boolean knows(String keyId) {
    return ids.contains(keyId);
  }

  boolean isEmpty() {
    return ids.isEmpty();
  }

  /** What these keys are used for. */
  Set<Algorithm> algorithms() {
    return keys.entrySet().stream().filter(entry -> !entry.getValue().isEmpty()).map(Map.Entry::getKey).collect(Collectors.toSet());
  }
}
