/**
 * Push-to-talk and presence (contract "Push-to-talk router with presence"): users with their connections, groups with a floor, who is online, and those who watch that.
 *
 * <p>The {@code Switchboard} is the state machine, on one loop; what outlives it or is shared with other servers stands behind {@code Presence}, {@code Registry}, {@code FloorArbiter} and {@code Backbone}, each with an engine in memory and one on
 * Redis. Only {@code PttProtocol}, {@code PttReceiver}, {@code PttParser} and {@code PttCodec} know the network, only what is named {@code Redis...} knows the cluster.
 */
package dev.roost.ptt;
