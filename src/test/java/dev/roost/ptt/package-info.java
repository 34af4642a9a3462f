/** The rules of push-to-talk and presence in virtual time, scenario by scenario, and at random; and the engines, each beside the promise that it keeps. */
package dev.roost.ptt;
