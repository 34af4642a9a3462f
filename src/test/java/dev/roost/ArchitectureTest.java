package dev.roost;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.base.DescribedPredicate;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** The layers of the design: an arrow is an import, nothing imports upwards or sideways. */
class ArchitectureTest {
  private static final String[] PROTOCOLS = {"dev.roost.parrot..", "dev.roost.gallery..", "dev.roost.mesh..", "dev.roost.ptt..", "dev.roost.publicrooms..", "dev.roost.echo..", "dev.roost.conformance.."};
  private static final JavaClasses ROOST =
      new ClassFileImporter().withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("dev.roost");

  @Test
  void coreKnowsNothingButTheJdk() {
    check(classes().that().resideInAPackage("dev.roost.core..").should().onlyDependOnClassesThat()
        .resideInAnyPackage("dev.roost.core..", "java.lang..", "java.util..", "java.time..", "java.nio..", "java.security.."));
  }

  @Test
  void transportStandsOnCoreOnly() {
    check(noClasses().that().resideInAPackage("dev.roost.transport..").should().dependOnClassesThat(roostOutside("dev.roost.transport..", "dev.roost.core..")));
  }

  @Test
  void onlyTransportAndTheLoadToolKnowNetty() {
    check(noClasses().that().resideOutsideOfPackages("dev.roost.transport", "dev.roost.bench").should().dependOnClassesThat().resideInAPackage("io.netty.."));
  }

  @Test
  void onlyTheJsonPackageKnowsTheJsonLibrary() {
    check(noClasses().that().resideOutsideOfPackage("dev.roost.transport.json").should().dependOnClassesThat().resideInAPackage("tools.jackson.."));
  }

  @Test
  void nothingOfTheServerKnowsTheLoadTool() {
    check(noClasses().that().resideOutsideOfPackages("dev.roost", "dev.roost.bench").should().dependOnClassesThat().resideInAPackage("dev.roost.bench.."));
  }

  @Test
  void theLoadToolSharesNothingWithTheServerButTheJsonWriter() {
    check(noClasses().that().resideInAPackage("dev.roost.bench..").should().dependOnClassesThat(roostOutside("dev.roost.bench..", "dev.roost.transport.json..", "dev.roost.core..")));
  }

  @Test
  void storeStandsOnCoreTheJdkAndTheSqliteDriver() {
    check(classes().that().resideInAPackage("dev.roost.store..").should().onlyDependOnClassesThat()
        .resideInAnyPackage("dev.roost.store..", "dev.roost.core..", "java.lang..", "java.util..", "java.time..", "java.io..", "java.nio..", "java.sql..", "org.sqlite..", "org.slf4j.."));
  }

  @Test
  void socketIoStandsOnTransportAndCoreOnly() {
    check(noClasses().that().resideInAPackage("dev.roost.socketio..").should().dependOnClassesThat(roostOutside("dev.roost.socketio..", "dev.roost.transport..", "dev.roost.core..")));
  }

  @Test
  void clusterStandsOnCoreOnly() {
    check(noClasses().that().resideInAPackage("dev.roost.cluster..").should().dependOnClassesThat(roostOutside("dev.roost.cluster..", "dev.roost.core..")));
  }

  @Test
  void onlyClusterKnowsTheRedisLibrary() {
    check(noClasses().that().resideOutsideOfPackage("dev.roost.cluster").should().dependOnClassesThat().resideInAnyPackage("io.lettuce..", "reactor.."));
  }

  @Test
  void onlyTheAuthenticationOfPttKnowsTheTokenLibrary() {
    check(noClasses().that().resideOutsideOfPackage("dev.roost.ptt.auth").should().dependOnClassesThat().resideInAPackage("com.nimbusds.."));
  }

  @Test
  void onlyStoreKnowsSql() {
    check(noClasses().that().resideOutsideOfPackage("dev.roost.store").should().dependOnClassesThat().resideInAnyPackage("java.sql..", "javax.sql..", "org.sqlite.."));
  }

  @Test
  void aProtocolStandsOnTransportStoreAndCoreAndOnNoOtherProtocol() {
    for (String protocol : PROTOCOLS) {
      check(noClasses().that().resideInAPackage(protocol).should()
          .dependOnClassesThat(roostOutside(protocol, "dev.roost.socketio", "dev.roost.transport..", "dev.roost.store..", "dev.roost.cluster..", "dev.roost.core..")));
    }
  }

  @Test
  void stateMachinesKnowNeitherNetworkNorJson() {
    check(noClasses().that().resideInAnyPackage("dev.roost.parrot", "dev.roost.gallery", "dev.roost.mesh", "dev.roost.ptt", "dev.roost.publicrooms").and(areNotAtTheEdge()).should()
        .dependOnClassesThat().resideInAnyPackage("dev.roost.socketio..", "dev.roost.transport..", "dev.roost.store..", "dev.roost.cluster..", "java.net..", "org.slf4j.."));
  }

  @Test
  void clocksAndThreadsBelongToTheLoop() {
    // Recordings have a thread and a clock of their own, for the disk.
    check(noClasses().that().resideInAnyPackage(PROTOCOLS).and().resideOutsideOfPackage("dev.roost.ptt.recording").should().callMethod(System.class, "currentTimeMillis")
        .orShould().callMethod(System.class, "nanoTime").orShould().callMethod(Instant.class, "now"));
    // Keys for tokens are read from files and fetched in the background.
    check(noClasses().that().resideInAnyPackage(PROTOCOLS).and().resideOutsideOfPackages("dev.roost.ptt.auth", "dev.roost.ptt.recording").should()
        .dependOnClassesThat().areAssignableTo(Thread.class));
  }

  @Test
  void recordingsKnowNothingOfTransportButItsJson() {
    check(noClasses().that().resideInAPackage("dev.roost.ptt.recording").should()
        .dependOnClassesThat(roostOutside("dev.roost.ptt", "dev.roost.ptt.recording", "dev.roost.transport.json", "dev.roost.core..")));
  }

  @Test
  void packagesHaveNoCycles() {
    check(slices().matching("dev.roost.(*)..").should().beFreeOfCycles());
  }

  private static void check(ArchRule rule) {
    rule.check(ROOST);
  }

  private static DescribedPredicate<JavaClass> roostOutside(String... packages) {
    return resideInAPackage("dev.roost..").and(not(resideInAnyPackage(packages)));
  }

  /** In a protocol package only the protocol with its connections, and its codec, know the network and JSON. */
  private static DescribedPredicate<JavaClass> areNotAtTheEdge() {
    return DescribedPredicate.describe("are not at the edge", type -> !type.getFullName().matches(".*\\.(\\w+Protocol|\\w+Codec|\\w+Parser|\\w+Receiver|\\w+Archive|PttHttp|PttPayload|MsgPackJson|Redis\\w+|PublicRoomsHttp|PublicRoomsAdmin|ServerSideApi|RestRequest|RestAnswer|AnswerHeaders|SentHistories)(\\$.*)?"));
  }
}
