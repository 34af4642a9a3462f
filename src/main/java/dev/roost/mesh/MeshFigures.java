package dev.roost.mesh;

import java.util.LinkedHashMap;
import java.util.Map;

/** What an organisation counts for operators. On the organisation's loop. */
final class MeshFigures {
  /** Not a sum where there are several organisations. */
  static final String TERM = "term";
  /** To which the protocol adds who got no further than the upgrade. */
  static final String TURNED_AWAY = "turnedAway";

  long joins;
  long replacements;
  long turnedAway;
  long timeouts;
  long elections;
  long officeChanges;
  long handOffs;
  long peerMessages;
  long locationUpdates;
  long faults;

  Map<String, Number> toMap(int clients, Election election) {
    Election.Office office = election.office();
    Map<String, Number> figures = new LinkedHashMap<>();
    figures.put("clients", clients);
    figures.put("candidates", election.candidateCount());
    figures.put("admins", office.holder().isPresent() ? 1 : 0);
    figures.put("mainAdmins", office instanceof Election.Main ? 1 : 0);
    figures.put("pendingElections", office instanceof Election.Pending ? 1 : 0);
    figures.put(TERM, election.term());
    figures.put("joins", joins);
    figures.put("replacements", replacements);
    figures.put(TURNED_AWAY, turnedAway);
    figures.put("timeouts", timeouts);
    figures.put("elections", elections);
    figures.put("officeChanges", officeChanges);
    figures.put("handOffs", handOffs);
    figures.put("peerMessages", peerMessages);
    figures.put("locationUpdates", locationUpdates);
    figures.put("faults", faults);
    return figures;
  }
}
