package dev.roost.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TemplateTest {
  private static final Template.Speaker ANN = new Template.Speaker("0a0b0c", 7, 3);

  @Test
  void placeholdersAreFilledAndOtherBracesStay() {
    assertThat(new Template("{\"a\":{\"u\":\"{user}\",\"r\":\"{run}-{room}\"},\"x\":{other}}").fill(ANN))
        .isEqualTo("{\"a\":{\"u\":\"000007\",\"r\":\"0a0b0c-00003\"},\"x\":{other}}");
  }

  @Test
  void paddingFillsUpToTheSizeInBytes() {
    Template template = new Template("{\"é\":\"{now}\",\"m\":\"{marker}\",\"p\":\"{padding}\"}");
    assertThat(template.message(ANN, 300).bytes()).hasSize(300);
    int smallest = template.message(ANN, 0).bytes().length;
    assertThat(template.message(ANN, smallest - 5).bytes()).hasSize(smallest);
    assertThat(template.message(ANN, smallest + 1).bytes()).hasSize(smallest + 1);
  }

  @Test
  void aMessageIsAddressedWhereverTheTargetStands() {
    Template.Message message = new Template("{\"ü\":\"b{run}-{target}\",\"at\":{now},\"m\":\"{marker}\"}").message(ANN, 0);
    message.address(123_456);
    message.address(42);
    message.stamp(new Marker(5), 1, 2, 3);
    assertThat(new String(message.bytes(), StandardCharsets.UTF_8)).startsWith("{\"ü\":\"b0a0b0c-000042\",\"at\":1");
  }

  @Test
  void markerAndTimeAreStampedWhereverTheyStand() {
    Marker marker = new Marker(5);
    for (String text : new String[] {"ü{now} {marker} {padding}", "{padding}ü{marker}{now}", "{marker}"}) {
      Template.Message message = new Template(text).message(ANN, 120);
      message.stamp(marker, 1, 2, 3);
      message.stamp(marker, 9, 8, 7);
      ByteBuffer bytes = ByteBuffer.wrap(message.bytes());
      assertThat(marker.find(bytes, 0, bytes.capacity(), -1)).as(text).isEqualTo(message.markerAt());
      assertThat(Marker.sequence(bytes, message.markerAt())).isEqualTo(8);
      if (text.contains("{now}")) {
        String now = new String(message.bytes(), message.nowAt(), 13, StandardCharsets.US_ASCII);
        assertThat(Long.parseLong(now)).isCloseTo(System.currentTimeMillis(), org.assertj.core.data.Offset.offset(60_000L));
      }
    }
  }
}
