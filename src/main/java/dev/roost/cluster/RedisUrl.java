package dev.roost.cluster;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The parts of a {@code REDIS_URL}. Its faults are told without the text itself, because a password may be in it.
 *
 * @param user of an access list; none for the default user
 * @param password as it is, not as it was written
 * @param database where the URL names one
 * @param master the name that sentinels know
 */
record RedisUrl(Kind kind, boolean isTls, Optional<String> user, Optional<String> password, List<Host> hosts, OptionalInt database, String master) {
  private static final String SCHEMES = "must begin with redis://, rediss://, redis-sentinel://, rediss-sentinel://, redis-cluster:// or rediss-cluster://";
  private static final Map<String, Kind> KINDS = Map.of("", Kind.SERVER, "-sentinel", Kind.SENTINEL, "-cluster", Kind.CLUSTER);
  private static final int MAX_DATABASE = 1 << 20;

  enum Kind { SERVER, SENTINEL, CLUSTER }

  record Host(String name, int port) {
    @Override
    public String toString() {
      return (name.contains(":") ? "[" + name + "]" : name) + ":" + port;
    }
  }

  /** @throws IllegalArgumentException says what it must be */
  static RedisUrl parse(String text) {
    int colon = text.indexOf("://");
    check(colon > 0, SCHEMES);
    String scheme = text.substring(0, colon).toLowerCase(Locale.ROOT);
    boolean isTls = scheme.startsWith("rediss");
    check(scheme.startsWith("redis"), SCHEMES);
    Kind kind = KINDS.get(scheme.substring(isTls ? 6 : 5));
    check(kind != null, SCHEMES);
    String rest = text.substring(colon + 3);
    // The last one: who forgot to write a password in percent form is understood all the same.
    int at = rest.lastIndexOf('@');
    String access = at < 0 ? "" : rest.substring(0, at);
    Place place = Place.parse(rest.substring(at + 1));
    check(kind != Kind.SERVER || place.hosts.size() == 1, "must name one host, or begin with redis-sentinel:// or redis-cluster://");
    check(kind == Kind.SENTINEL || place.master.isEmpty(), "has a # that only redis-sentinel:// knows");
    check(kind != Kind.SENTINEL || !place.master.isEmpty(), "must end with # and the name of the master that the sentinels know");
    check(kind != Kind.CLUSTER || place.database.orElse(0) == 0, "cannot name a database: a cluster has only number 0");
    int separator = access.indexOf(':');
    Optional<String> user = Optional.of(decoded(access.substring(0, Math.max(0, separator)))).filter(name -> !name.isEmpty());
    Optional<String> password = Optional.of(decoded(access.substring(separator + 1))).filter(word -> !word.isEmpty());
    return new RedisUrl(kind, isTls, user, password, place.ofKind(kind), place.database, place.master);
  }

  static RedisUrl ofServer(String host, int port) {
    return new RedisUrl(Kind.SERVER, false, Optional.empty(), Optional.empty(), List.of(new Host(host, port)), OptionalInt.empty(), "");
  }

  RedisUrl withPassword(String given) {
    return password.isPresent() || given.isEmpty() ? this : new RedisUrl(kind, isTls, user, Optional.of(given), hosts, database, master);
  }

  RedisUrl withDatabase(int given) {
    return database.isPresent() ? this : new RedisUrl(kind, isTls, user, password, hosts, OptionalInt.of(given), master);
  }

  /** Without user and password. */
  @Override
  public String toString() {
    String scheme = (isTls ? "rediss" : "redis") + (kind == Kind.SERVER ? "" : "-" + kind.name().toLowerCase(Locale.ROOT));
    String all = String.join(",", hosts.stream().map(Host::toString).toList());
    return scheme + "://" + all + (database.orElse(0) == 0 ? "" : "/" + database.getAsInt()) + (master.isEmpty() ? "" : "#" + master);
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("has a % in user or password that is not followed by two hexadecimal digits; write %25 for it");
    }
  }

  private static void check(boolean isGood, String otherwise) {
    if (!isGood) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  /** What stands behind the access: hosts, database, master. */
  private record Place(List<Host> hosts, OptionalInt database, String master) {
    /** Stands for a port that is not named, until the kind of server is known. */
    private static final int UNNAMED = 0;

    static Place parse(String text) {
      int hash = text.indexOf('#');
      String master = hash < 0 ? "" : text.substring(hash + 1);
      String before = hash < 0 ? text : text.substring(0, hash);
      check(before.indexOf('?') < 0, "must not have options behind a question mark");
      int slash = before.indexOf('/');
      String path = slash < 0 ? "" : before.substring(slash + 1);
      List<Host> hosts = new ArrayList<>();
      for (String host : (slash < 0 ? before : before.substring(0, slash)).split(",", -1)) {
        hosts.add(host(host.strip()));
      }
      return new Place(hosts, path.isEmpty() ? OptionalInt.empty() : OptionalInt.of(number(path, 0, MAX_DATABASE, "must have a number of a database behind the slash")), master);
    }

    List<Host> ofKind(Kind kind) {
      return hosts.stream().map(host -> host.port == UNNAMED ? new Host(host.name, kind == Kind.SENTINEL ? 26379 : 6379) : host).toList();
    }

    private static Host host(String text) {
      int colon = text.lastIndexOf(':');
      boolean hasPort = colon > text.lastIndexOf(']');
      String name = hasPort ? text.substring(0, colon) : text;
      boolean isBracketed = name.startsWith("[") && name.endsWith("]");
      name = isBracketed ? name.substring(1, name.length() - 1) : name;
      check(!name.isEmpty() && (isBracketed || name.indexOf(':') < 0), "must name a host, HOST or HOST:PORT");
      return new Host(name, hasPort ? number(text.substring(colon + 1), 1, 65535, "must have a port of 1-65535 behind the colon of a host") : UNNAMED);
    }

    private static int number(String text, int min, int max, String otherwise) {
      try {
        int number = Integer.parseInt(text);
        check(number >= min && number <= max, otherwise);
        return number;
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(otherwise);
      }
    }
  }
}
