/** The rules of Gallery in virtual time, scenario by scenario, and at random. */
package dev.roost.gallery;
