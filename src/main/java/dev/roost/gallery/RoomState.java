package dev.roost.gallery;

import dev.roost.core.RawJson;
import dev.roost.gallery.GalleryMessages.Annotation;
import dev.roost.gallery.GalleryMessages.Faults;
import dev.roost.gallery.GalleryMessages.FocusPoint;
import dev.roost.gallery.GalleryMessages.StateUpdate;
import dev.roost.gallery.RoomJournal.AnnotationErased;
import dev.roost.gallery.RoomJournal.AnnotationWritten;
import dev.roost.gallery.RoomJournal.Entry;
import dev.roost.gallery.RoomJournal.KeyWritten;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Predicate;

/**
 * What the members of a room see together (2.6 of the contract): values by key, annotations and focus points, and a version that never falls. Bounded in bytes and in
 * annotations. A change is applied whole or refused; what was changed comes back as entries for the {@link RoomJournal}.
 */
final class RoomState {
  /** A number further ahead than this says nothing about the room. */
  private static final double MAX_LEAP = 1_000_000;
  /** What a value costs beyond its text: many small values must not cost many times what they seem to. */
  private static final int VALUE_OVERHEAD = 64;

  private final long maxBytes;
  private final int maxAnnotations;
  private final Map<String, RawJson> keys = new LinkedHashMap<>();
  private List<KeptAnnotation> annotations = new ArrayList<>(0);
  private List<KeptFocus> focusPoints = new ArrayList<>(0);
  private boolean allowAnnotations = true;
  private long version;
  private long nextNumber = 1;
  private long bytes;

  /** An annotation with its number in the journal. */
  record KeptAnnotation(long number, Annotation annotation) {

    long cost() {
      return annotation.whole().length() + VALUE_OVERHEAD;
    }
  }

  /** A focus point and when it ends, in time of the loop; {@code expires} is false for one that stays. */
  private record KeptFocus(FocusPoint point, boolean expires, long endNanos) {

    long cost() {
      return point.whole().length() + VALUE_OVERHEAD;
    }

    boolean isOver(long nanos) {
      return expires && nanos - endNanos >= 0;
    }
  }

  /** The initial state (2.2). */
  RoomState(long maxBytes, int maxAnnotations) {
    this.maxBytes = maxBytes;
    this.maxAnnotations = maxAnnotations;
    put("sceneUrl", RawJson.of("\"\""));
    put("sceneLoaded", RawJson.of("false"));
    put("treeViewState", RawJson.of("{}"));
    put("sessionSettings", RawJson.of("{\"avatarsVisible\":true,\"syncCameraFraming\":false,\"allowAnnotations\":true}"));
  }

  /** The state as it was kept. */
  void restore(long keptVersion, Map<String, RawJson> keptKeys, boolean annotationsAllowed, List<KeptAnnotation> keptAnnotations) {
    version = keptVersion;
    keptKeys.forEach(this::put);
    allowAnnotations = annotationsAllowed;
    annotations = new ArrayList<>(keptAnnotations);
    annotations.forEach(kept -> bytes += kept.cost());
    nextNumber = annotations.stream().mapToLong(KeptAnnotation::number).max().orElse(0) + 1;
  }

  long version() {
    return version;
  }

  /** What counts against the bound. */
  long bytes() {
    return bytes;
  }

  /** The values by key, in the order in which they came. */
  Map<String, RawJson> keys() {
    return keys;
  }

  List<Annotation> annotations() {
    return annotations.stream().map(KeptAnnotation::annotation).toList();
  }

  /** The focus points that count at this time. */
  List<FocusPoint> focusPoints(long nanos) {
    dropOverFocusPoints(nanos);
    return focusPoints.stream().map(KeptFocus::point).toList();
  }

  boolean allowsAnnotations() {
    return allowAnnotations;
  }

  /** The annotation of this id, if there is one. */
  Optional<Annotation> annotation(String id) {
    return annotations.stream().map(KeptAnnotation::annotation).filter(annotation -> annotation.id().equals(Optional.of(id))).findFirst();
  }

  /** Everything as entries, for the journal. */
  List<Entry> entries() {
    List<Entry> all = new ArrayList<>();
    keys.forEach((key, value) -> all.add(new KeyWritten(key, value)));
    annotations.forEach(kept -> all.add(new AnnotationWritten(kept.number, kept.annotation)));
    return all;
  }

  /** Why an update may not be merged, if so: the bounds. */
  Optional<String> refusal(StateUpdate update, long nanos) {
    dropOverFocusPoints(nanos);
    if (update.annotations().map(List::size).orElse(0) > maxAnnotations) {
      return Optional.of(Faults.TOO_MANY_ANNOTATIONS);
    }
    long after = bytes;
    for (Map.Entry<String, RawJson> entry : update.keys().entrySet()) {
      after += cost(entry.getKey(), entry.getValue()) - cost(entry.getKey(), keys.get(entry.getKey()));
    }
    if (update.annotations().isPresent()) {
      after += update.annotations().get().stream().mapToLong(annotation -> annotation.whole().length() + VALUE_OVERHEAD).sum()
          - annotations.stream().mapToLong(KeptAnnotation::cost).sum();
    }
    if (update.focusPoints().isPresent()) {
      after += update.focusPoints().get().stream().mapToLong(focus -> focus.whole().length() + VALUE_OVERHEAD).sum()
          - focusPoints.stream().mapToLong(KeptFocus::cost).sum();
    }
    return after > maxBytes ? Optional.of(Faults.ROOM_STATE_TOO_LARGE) : Optional.empty();
  }

  /** Merges an update that was not refused, and raises the version. */
  List<Entry> merge(StateUpdate update, long nanos) {
    List<Entry> entries = new ArrayList<>();
    update.keys().forEach((key, value) -> {
      RawJson kept = value.copy();
      put(key, kept);
      entries.add(new KeyWritten(key, kept));
    });
    update.allowAnnotations().ifPresent(allow -> allowAnnotations = allow);
    update.annotations().ifPresent(given -> {
      List<KeptAnnotation> old = annotations;
      old.forEach(kept -> {
        bytes -= kept.cost();
        entries.add(new AnnotationErased(kept.number));
      });
      annotations = new ArrayList<>(given.size());
      given.forEach(annotation -> entries.add(keep(annotation)));
    });
    update.focusPoints().ifPresent(given -> {
      dropFocusPoints(focus -> true);
      given.forEach(focus -> keep(focus, nanos));
    });
    raiseVersion(update.version());
    return entries;
  }

  /** Why an annotation may not be added, if so: the bounds. */
  Optional<String> refusal(Annotation annotation, long nanos) {
    dropOverFocusPoints(nanos);
    if (annotations.size() >= maxAnnotations) {
      return Optional.of(Faults.TOO_MANY_ANNOTATIONS);
    }
    return bytes + annotation.whole().length() + VALUE_OVERHEAD > maxBytes ? Optional.of(Faults.ROOM_STATE_TOO_LARGE) : Optional.empty();
  }

  /** Appends an annotation that was not refused. */
  List<Entry> add(Annotation annotation) {
    return List.of(keep(annotation));
  }

  /** Removes the annotation of this id; of several, which only a state update can bring, the first. */
  List<Entry> remove(String annotationId) {
    for (int i = 0; i < annotations.size(); i++) {
      KeptAnnotation kept = annotations.get(i);
      if (kept.annotation.id().equals(Optional.of(annotationId))) {
        annotations.remove(i);
        bytes -= kept.cost();
        return List.of(new AnnotationErased(kept.number));
      }
    }
    return List.of();
  }

  /** Replaces the focus point of a user; refused if it does not fit. */
  Optional<String> focus(String userId, FocusPoint focus, long nanos) {
    Predicate<KeptFocus> old = kept -> kept.point.userId().equals(Optional.of(userId)) || kept.isOver(nanos);
    long freed = focusPoints.stream().filter(old).mapToLong(KeptFocus::cost).sum();
    if (bytes - freed + focus.whole().length() + VALUE_OVERHEAD > maxBytes) {
      return Optional.of(Faults.ROOM_STATE_TOO_LARGE);
    }
    dropFocusPoints(old);
    keep(focus, nanos);
    return Optional.empty();
  }

  /** 2.4: those of a user that left. */
  void dropFocusPoints(String userId) {
    dropFocusPoints(focus -> focus.point.userId().equals(Optional.of(userId)));
  }

  /** Nobody is told, so it is done when somebody looks, or when their bytes are asked for. */
  private void dropOverFocusPoints(long nanos) {
    dropFocusPoints(focus -> focus.isOver(nanos));
  }

  private void dropFocusPoints(Predicate<KeptFocus> which) {
    focusPoints.removeIf(focus -> {
      boolean drop = which.test(focus);
      if (drop) {
        bytes -= focus.cost();
      }
      return drop;
    });
  }

  private Entry keep(Annotation annotation) {
    KeptAnnotation kept = new KeptAnnotation(nextNumber++, new Annotation(annotation.id(), annotation.author(), annotation.whole().copy()));
    annotations.add(kept);
    bytes += kept.cost();
    return new AnnotationWritten(kept.number, kept.annotation);
  }

  private void keep(FocusPoint focus, long nanos) {
    KeptFocus kept = new KeptFocus(new FocusPoint(focus.userId(), focus.duration(), focus.whole().copy()), focus.duration().isPresent(),
        nanos + focus.duration().map(Duration::toNanos).orElse(0L));
    focusPoints.add(kept);
    bytes += kept.cost();
  }

  private void put(String key, RawJson value) {
    bytes += cost(key, value) - cost(key, keys.put(key, value));
  }

  private static long cost(String key, RawJson value) {
    return value == null ? 0 : key.length() + value.length() + VALUE_OVERHEAD;
  }

  /** 2.6: the room's version never falls, and a number from elsewhere cannot carry it away. */
  private void raiseVersion(OptionalDouble given) {
    double number = given.orElse(-1);
    boolean usable = isInteger(number) && number >= 0 && number <= version + MAX_LEAP;
    version = usable ? Math.max(version + 1, (long) number) : version + 1;
  }

  /** Whether a number of JSON is an integer, as browsers see it: 5.0 is one. */
  static boolean isInteger(double number) {
    return Math.rint(number) == number && !Double.isInfinite(number);
  }
}
