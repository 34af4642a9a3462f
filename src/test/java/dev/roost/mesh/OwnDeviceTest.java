package dev.roost.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Section 2.2: the server's own device stands for office where it is set up to. */
class OwnDeviceTest {
  @Test
  @DisplayName("27. Own device: elected where it is the best, though it is in no list")
  void ownDevice() {
    MeshWorld own = new MeshWorld("MINI_SERVER_CAPABILITIES", "admin.manage,location.view");
    MeshDevice x = own.candidate("X");
    own.pass(MeshWorld.DELAY - 1);
    x.nothing();
    own.pass(1);

    x.expectOffice(List.of("X"), MeshWorld.SERVER);
    assertThat(own.statistics().isAdmin()).isTrue();
    assertThat(own.candidates()).containsExactly(MeshWorld.SERVER, "X");
    x.drop();
    own.pass(100_000);
    assertThat(own.holder()).as("it needs nobody, and is never silent").contains(MeshWorld.SERVER);
    MeshDevice y = own.connect("Y", "");
    y.expect("welcome");
    y.expectList(List.of("Y"), MeshWorld.SERVER).expectAnnounce(MeshWorld.SERVER).tell(MeshWorld.SERVER, "1");
    assertThat(y.fault()).isEqualTo("unknown_target");
  }

  @Test
  @DisplayName("27. Own device: a better one wins; of equals the server was there first; a main admin deposes it")
  void ownDeviceLoses() {
    MeshWorld own = new MeshWorld("MINI_SERVER_CAPABILITIES", "admin.manage");
    own.device("Y", "location.share,admin.manage");
    own.pass(MeshWorld.DELAY);
    assertThat(own.holder()).contains("Y");

    MeshWorld equal = new MeshWorld("MINI_SERVER_CAPABILITIES", "admin.manage");
    equal.candidate("X");
    equal.pass(MeshWorld.DELAY);
    assertThat(equal.holder()).contains(MeshWorld.SERVER);
    MeshDevice m = equal.mainAdmin("M");
    assertThat(equal.holder()).contains("M");
    m.drop();
    equal.pass(MeshWorld.DELAY);
    assertThat(equal.holder()).contains(MeshWorld.SERVER);
  }

  @Test
  @DisplayName("27. Own device: without admin.manage it never stands (defect 6)")
  void ownDeviceWithoutCapability() {
    MeshWorld own = new MeshWorld("MINI_SERVER_CAPABILITIES", "server.temporary,location.view");
    own.pass(100_000);

    assertThat(own.candidates()).isEmpty();
    assertThat(own.holder()).isEmpty();
    assertThat(own.takeNews()).isEmpty();
  }
}
