package dev.roost.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.roost.core.SettingException;
import dev.roost.core.Settings;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedisSettingsTest {

  @ParameterizedTest
  @CsvSource(delimiter = ' ', value = {
      "redis://example.org redis://example.org:6379",
      "REDIS://:pw@example.org:1/2 redis://example.org:1/2",
      "rediss://user:p%40w@[::1]:7000 rediss://[::1]:7000",
      "redis://:a/b@c#d@example.org redis://example.org:6379",
      "redis-sentinel://:pw@a,b:5/1#main redis-sentinel://a:26379,b:5/1#main",
      "redis-cluster://a:1,b:2,c redis-cluster://a:1,b:2,c:6379",
      "rediss-cluster://:pw@a rediss-cluster://a:6379"})
  void everyFormIsUnderstoodAndShownWithoutPassword(String url, String shown) {
    assertThat(target(Map.of("REDIS_URL", url))).isEqualTo(shown);
  }

  @ParameterizedTest
  @ValueSource(strings = {"secret", "http://secret", "redis://", "redis://:secret@", "redis://h:secret", "redis://h:0", "redis://h:65536", "redis://h/secret", "redis://h/-1", "redis://a,b", "redis://h#secret", "redis-sentinel://h", "redis-cluster://h/1",
      "redis://h?secret=1", "redis://:%zzsecret@h", "redis://::secret", "rediss-other://h"})
  void aFaultIsOneLineWithoutTheText(String url) {
    assertThatThrownBy(() -> target(Map.of("REDIS_URL", url))).isInstanceOf(SettingException.class).hasMessageStartingWith("REDIS_URL (from ").hasMessageNotContaining("secret").hasMessageNotContaining("\n");
  }

  @Test
  void aHostIsEnough() {
    assertThat(target(Map.of("REDIS_HOST", "h", "REDIS_DB", "4"))).isEqualTo("redis://h:6379/4");
    assertThat(target(Map.of("REDIS_HOST", "h", "REDIS_PORT", "7"))).isEqualTo("redis://h:7");
  }

  @Test
  void thePortOfAServiceThatKubernetesNamesStopsNobody() {
    assertThat(RedisSettings.target(Settings.of(Map.of("REDIS_PORT", "tcp://10.0.0.1:6390")))).isEmpty();
    assertThat(target(Map.of("REDIS_HOST", "h", "REDIS_PORT", "tcp://10.0.0.1:6390"))).isEqualTo("redis://h:6390");
    assertThat(target(Map.of("REDIS_URL", "redis://u", "REDIS_PORT", "tcp://10.0.0.1:6390"))).isEqualTo("redis://u:6379");
  }

  @ParameterizedTest
  @ValueSource(strings = {"REDIS_PORT=6390", "REDIS_PASSWORD=secret", "REDIS_DB=2", "REDIS_CA=ca.pem"})
  void whoForgetsToNameTheHostHearsOfIt(String setting) {
    Map<String, String> given = Map.of(setting.substring(0, setting.indexOf('=')), setting.substring(setting.indexOf('=') + 1));
    assertThatThrownBy(() -> RedisSettings.target(new Settings(Map.of(), given, Map.of()))).isInstanceOf(SettingException.class)
        .hasMessage(setting.substring(0, setting.indexOf('=')) + " (from the environment) is of no use without REDIS_HOST or REDIS_URL");
  }

  @ParameterizedTest
  @ValueSource(strings = {"REDIS_HOST", "REDIS_PORT"})
  void aUrlAndAHostAreOneTooMany(String setting) {
    assertThatThrownBy(() -> target(Map.of("REDIS_URL", "redis://:secret@u", setting, "7"))).isInstanceOf(SettingException.class)
        .hasMessageStartingWith(setting + " (from ").hasMessageContaining("is of no use beside REDIS_URL").hasMessageNotContaining("secret");
  }

  @Test
  void whatDoesNotGoTogetherIsSaid() {
    assertThatThrownBy(() -> target(Map.of("REDIS_HOST", "h", "REDIS_PORT", "0"))).isInstanceOf(SettingException.class).hasMessageContaining("REDIS_PORT");
    assertThatThrownBy(() -> target(Map.of("REDIS_HOST", "h", "REDIS_CA", "ca.pem"))).isInstanceOf(SettingException.class).hasMessageContaining("rediss://");
    assertThatThrownBy(() -> target(Map.of("REDIS_URL", "rediss://h", "REDIS_CA", "no-such-file.pem"))).isInstanceOf(SettingException.class).hasMessageContaining("no-such-file.pem");
    assertThatThrownBy(() -> target(Map.of("REDIS_URL", "redis-cluster://h", "REDIS_DB", "2"))).isInstanceOf(SettingException.class).hasMessageContaining("REDIS_DB");
  }

  private static String target(Map<String, String> settings) {
    return RedisSettings.target(Settings.of(settings)).orElseThrow().toString();
  }
}
