package dev.roost.sim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** A JSON value as a client sees it. Two are equal if they are deep-equal. A question that does not fit the value fails the test. */
public record Json(Object value) {
  private static final JsonFactory FACTORY = new JsonFactory();

  /** Reads exactly one value. */
  public static Json parse(String text) {
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
      parser.nextToken();
      Json json = new Json(read(parser));
      if (parser.nextToken() != null) {
        throw new AssertionError("More than one JSON value: " + text);
      }
      return json;
    }
  }

  /** JSON in a test without backslashes: each single quote becomes a double one. */
  public static String quoted(String text) {
    return text.replace('\'', '"');
  }

  /** Follows keys of objects and indexes of lists. */
  public Json at(Object... path) {
    Object found = value;
    for (Object step : path) {
      if (step instanceof Integer index) {
        found = ((List<?>) found).get(index);
      } else {
        Map<?, ?> object = (Map<?, ?>) found;
        if (!object.containsKey(step)) {
          throw new AssertionError("No " + step + " in " + object);
        }
        found = object.get(step);
      }
    }
    return new Json(found);
  }

  public boolean has(String key) {
    return ((Map<?, ?>) value).containsKey(key);
  }

  public Set<String> keys() {
    return ((Map<?, ?>) value).keySet().stream().map(String.class::cast).collect(Collectors.toSet());
  }

  public String text() {
    return (String) value;
  }

  /** A whole number. */
  public long number() {
    return value instanceof Integer small ? small : (Long) value;
  }

  public boolean bool() {
    return (Boolean) value;
  }

  public boolean isNull() {
    return value == null;
  }

  public List<Json> items() {
    return ((List<?>) value).stream().map(Json::new).toList();
  }

  /** Its property {@code type}. */
  public String type() {
    return at("type").text();
  }

  private static Object read(JsonParser parser) {
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> list(parser);
      case VALUE_STRING -> parser.getString();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getNumberValue();
      case VALUE_TRUE -> Boolean.TRUE;
      case VALUE_FALSE -> Boolean.FALSE;
      case VALUE_NULL -> null;
      default -> throw new AssertionError("Unexpected " + parser.currentToken());
    };
  }

  private static Map<String, Object> object(JsonParser parser) {
    Map<String, Object> object = new LinkedHashMap<>();
    for (String name = parser.nextName(); name != null; name = parser.nextName()) {
      parser.nextToken();
      object.put(name, read(parser));
    }
    return object;
  }

  private static List<Object> list(JsonParser parser) {
    List<Object> list = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      list.add(read(parser));
    }
    return list;
  }
}
