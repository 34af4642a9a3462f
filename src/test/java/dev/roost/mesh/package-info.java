/** The rules of Mesh in virtual time, scenario by scenario, and at random. */
package dev.roost.mesh;
