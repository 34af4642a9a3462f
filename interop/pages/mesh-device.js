// A device of an organisation, as an application's page would be one: it meets the others through the server's Mesh protocol and then talks to them directly.
// Who it is, it reads from its own address, so that a reload makes the same device again. Tests look at `device`.
'use strict';

/** When to try again after the connection to the server is lost. */
const RETRY_MS = 200;

/** The connection to one other device: an RTCPeerConnection and the one data channel in it. */
class Link {
  /** Everything that came over the channel: texts, and of binary messages { bytes, hash }. */
  received = [];
  /** How many ICE candidates of our own were sent to the other. */
  candidates = 0;
  /** Why the channel is of no use any more: null while it is. */
  end = null;
  channel = null;
  #send;

  /** @param send takes a payload (type, data) for the other */
  constructor(session, rtc, send) {
    this.session = session;
    this.#send = (type, data) => send(type, { ...data, session });
    this.pc = new RTCPeerConnection(rtc);
    this.pc.onicecandidate = ({ candidate }) => candidate && this.#trickle(candidate);
    this.pc.onconnectionstatechange = () => this.#sensed(this.pc.connectionState);
    this.pc.ondatachannel = ({ channel }) => this.#use(channel);
  }

  async offer() {
    this.#use(this.pc.createDataChannel('mesh'));
    await this.#describe(await this.pc.createOffer());
  }

  async answer(offer) {
    await this.pc.setRemoteDescription(offer);
    await this.#describe(await this.pc.createAnswer());
  }

  get isOpen() {
    return this.channel?.readyState === 'open' && this.end === null;
  }

  close() {
    this.pc.close();
  }

  /** How our end of the connection in use reaches the other: host, srflx, prflx or relay. */
  async path() {
    const stats = new Map(await this.pc.getStats());
    const transport = [...stats.values()].find(({ type }) => type === 'transport');
    return stats.get(stats.get(transport?.selectedCandidatePairId)?.localCandidateId)?.candidateType;
  }

  /** What is sent was made before anything was gathered: it has no candidates in it. */
  async #describe({ type, sdp }) {
    await this.pc.setLocalDescription({ type, sdp });
    this.#send(type, { type, sdp });
  }

  /** Whoever is `disconnected` may come back. */
  #sensed(state) {
    if (['disconnected', 'failed'].includes(state)) this.end ??= state;
    else if (state === 'connected' && this.end === 'disconnected') this.end = null;
  }

  #trickle(candidate) {
    this.candidates += 1;
    this.#send('ice-candidate', candidate.toJSON());
  }

  #use(channel) {
    this.channel = channel;
    channel.binaryType = 'arraybuffer';
    channel.onclose = () => { this.end = 'closed'; };
    // The hash takes time: its place in the order is kept for it.
    channel.onmessage = async ({ data }) => {
      const place = this.received.push(data) - 1;
      if (typeof data !== 'string') this.received[place] = { bytes: data.byteLength, hash: await hash(data) };
    };
  }
}

class MeshDevice {
  /** The latest list: the ids in join order. Null before the first one. */
  clients = null;
  /** Each office that was announced or listed, in order, as [term, adminId]; what repeats the latest is left out. */
  offices = [];
  /** The links by the other's id. */
  links = new Map();
  welcome = null;
  /** The codes of the errors that the server sent. */
  errors = [];
  /** What the server must not do, and what must not happen here. */
  faults = [];
  /** How the connection to the server ended: { code, reason }; null again when we are back. */
  end = null;
  /** The server's answer to `request-ice-servers`, if we asked. */
  ice = null;
  #url;
  #socket;
  /** Whether the present connection has had its first list. */
  #isListed;
  #rtc = {};
  /** Signalling is handled strictly one after the other. */
  #work = Promise.resolve();
  #iceAnswer;

  /** @param address the page's: `server`, if it is not the page's own, all that Mesh wants in the query, `heartbeat` in ms, `relay` for TURN and nothing else */
  constructor(address) {
    const { server = `ws://${address.host}/mesh`, heartbeat = '500', relay, ...identity } = Object.fromEntries(new URLSearchParams(address.search));
    this.id = identity.clientId;
    this.#url = `${server}?${new URLSearchParams(identity)}`;
    this.#connect();
    setInterval(() => this.#tell({ type: 'heartbeat' }), Number(heartbeat));
    // Otherwise the others would have to find out by the silence.
    addEventListener('pagehide', () => this.links.forEach((link) => link.close()));
    if (relay) this.#then(() => this.#askForIceServers());
  }

  /** Whether there is a usable channel to all of these. */
  linked(...ids) {
    return ids.every((id) => this.links.get(id)?.isOpen);
  }

  say(id, text) {
    this.links.get(id).channel.send(text);
  }

  /** Sends random bytes as one message; returns their hash. */
  async sayBytes(id, length) {
    const bytes = new Uint8Array(length);
    const most = 65_536; // of getRandomValues
    for (let start = 0; start < length; start += most) crypto.getRandomValues(bytes.subarray(start, Math.min(start + most, length)));
    this.links.get(id).channel.send(bytes);
    return hash(bytes);
  }

  /** Gathers all candidates there are for us: { types, errors: the STUN codes }. */
  async gather() {
    await this.#work;
    const pc = new RTCPeerConnection(this.#rtc);
    const found = { types: [], errors: [] };
    const done = new Promise((resolve) => { pc.onicegatheringstatechange = () => pc.iceGatheringState === 'complete' && resolve(); });
    pc.onicecandidate = ({ candidate }) => candidate?.type && found.types.push(candidate.type);
    pc.onicecandidateerror = ({ errorCode }) => found.errors.push(errorCode);
    pc.createDataChannel('mesh');
    await pc.setLocalDescription();
    await done;
    pc.close();
    return found;
  }

  /** All of it for people, when a test waited in vain. */
  summary() {
    const links = [...this.links].map(([id, { pc, channel, end, candidates }]) =>
      [id, pc.signalingState, pc.connectionState, channel?.readyState, end, candidates].join(' '));
    return { id: this.id, clients: this.clients, offices: this.offices, links, errors: this.errors, faults: this.faults, end: this.end };
  }

  #connect() {
    this.#isListed = false;
    this.#socket = new WebSocket(this.#url);
    this.#socket.onmessage = ({ data }) => this.#arrived(JSON.parse(data));
    this.#socket.onclose = ({ code, reason }) => {
      this.end ??= { code, reason };
      // 1008: the server does not want us; never welcome: it did not let us in.
      if (this.welcome && code !== 1008) setTimeout(() => this.#connect(), RETRY_MS);
    };
  }

  #tell(message) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #then(task) {
    this.#work = this.#work.then(task).catch((error) => this.faults.push(`${error}`));
  }

  #arrived({ type, data }) {
    switch (type) {
      case 'welcome': [this.welcome, this.end] = [data, null]; break;
      case 'client-list-update': this.#listed(data); break;
      case 'admin-heartbeat': this.#inOffice(data.term, data.deviceId); break;
      case 'peer-message': this.#then(() => this.#signalled(data.fromId, data.message)); break;
      case 'ice-servers': this.ice = data; this.#iceAnswer?.(); break;
      case 'error': this.errors.push(data.code); this.#iceAnswer?.(); break;
      default: if (!['heartbeat-ack', 'server-heartbeat'].includes(type)) this.faults.push(`a message of type ${type}`);
    }
  }

  /** Before the first offer; the socket may still be opening. Without TURN the server answers with an error, and there are no relays. */
  async #askForIceServers() {
    await new Promise((opened) => { if (this.#socket.readyState === WebSocket.OPEN) opened(); else this.#socket.addEventListener('open', opened); });
    await new Promise((answered) => { this.#iceAnswer = answered; this.#tell({ type: 'request-ice-servers' }); });
    this.#rtc = { iceServers: this.ice?.iceServers ?? [], iceTransportPolicy: 'relay' };
  }

  // ---- Who is there, and who is in office

  #listed({ clients, adminId, term }) {
    this.clients = clients.map(({ id }) => id);
    if (new Set(this.clients).size !== this.clients.length) this.faults.push(`somebody is twice in ${this.clients}`);
    if (!this.clients.includes(this.id)) this.faults.push(`we are not in the list ${this.clients}`);
    this.#inOffice(term, adminId);
    // Whoever comes offers to all who are there; they need not know whether it is new or has only reloaded. A channel that outlived the server is kept.
    const others = this.#isListed ? [] : this.clients.filter((id) => id !== this.id && !this.linked(id));
    this.#isListed = true;
    for (const id of others) this.#then(() => this.#newLink(id).offer());
  }

  #inOffice(term, adminId) {
    const [latestTerm, latest] = this.offices.at(-1) ?? [0, null];
    if (term < latestTerm || term === latestTerm && adminId !== latest) this.faults.push(`${adminId} of term ${term} after ${latest} of term ${latestTerm}`);
    if (term !== latestTerm) this.offices.push([term, adminId]);
  }

  // ---- Signalling

  #newLink(id, session = crypto.randomUUID()) {
    this.links.get(id)?.close();
    const link = new Link(session, this.#rtc, (type, data) => this.#signal(id, type, data));
    this.links.set(id, link);
    return link;
  }

  #signal(targetId, type, data) {
    this.#tell({ type: 'peer-message', data: { targetId, message: { type, data, fromPeerId: this.id, toPeerId: targetId } } });
  }

  async #signalled(fromId, { type, data, fromPeerId, toPeerId }) {
    if (fromPeerId !== fromId || toPeerId !== this.id) this.faults.push(`a ${type} from ${fromPeerId} to ${toPeerId} came from ${fromId}`);
    const link = this.links.get(fromId);
    if (type === 'offer') {
      // Both have offered at the same time: the greater id gives way.
      if (link?.pc.signalingState === 'have-local-offer' && this.id < fromId) return;
      await this.#newLink(fromId, data.session).answer(data);
    } else if (link?.session !== data.session) {
      return; // of a connection that has been given up
    } else if (type === 'answer') {
      await link.pc.setRemoteDescription(data);
    } else if (type === 'ice-candidate') {
      await link.pc.addIceCandidate(data);
    }
  }
}

async function hash(bytes) {
  return [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

globalThis.device = new MeshDevice(location);
