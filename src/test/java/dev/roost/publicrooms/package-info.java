/** The rules of public rooms in virtual time, scenario by scenario, and at random. */
package dev.roost.publicrooms;
