package dev.roost.mesh;

/**
 * What a device says about itself at the upgrade, checked and cleaned: section 1 of the contract.
 *
 * @param isAdminDevice whether it calls itself the main admin's ({@code deviceType=admin}), which counts only with the capability
 */
record Introduction(String clientId, String name, Capabilities capabilities, boolean isAdminDevice) {

  /** Section 2.4: whether the main admin speaks here. */
  boolean isMainAdmin() {
    return isAdminDevice && isCandidate();
  }

  boolean isCandidate() {
    return capabilities.has(Capabilities.ADMIN_MANAGE);
  }
}
