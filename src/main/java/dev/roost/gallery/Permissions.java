package dev.roost.gallery;

/**
 * Who may do what in a room (2.5 of the contract): the least role for each kind of change. A room may override the defaults in its configuration.
 *
 * @param sceneChange every key of a state update that the next one does not cover
 * @param treeViewChange the key {@code treeViewState}
 * @param annotations adding annotations
 * @param cameraControl framing everybody's camera
 */
record Permissions(Role sceneChange, Role treeViewChange, Role annotations, Role cameraControl) {
  static final Permissions DEFAULT = new Permissions(Role.EDITOR, Role.EDITOR, Role.VIEWER, Role.VIEWER);

  /** Whether a role reaches the least one. */
  static boolean reaches(Role role, Role least) {
    return role.compareTo(least) >= 0;
  }
}
