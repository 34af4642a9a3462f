// Sessions of viewers that behave as the existing browser client does (section 1 of the Gallery contract), faults of its own included.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Client, eventually, passTime, scene } from '../lib/gallery.mjs';
import { RawSocket, TEXT, frame } from '../lib/rawsocket.mjs';
import { startRoost } from '../lib/roost.mjs';

const POSE_MS = 30;
const RECONNECT_MS = 2_000;

// All protocols that need no keys, as people start it.
const server = await startRoost(['--store', 'memory'], { GALLERY_PATH: '/viewer' });
after(() => server.stop());

/** What that client is made of: replies found by their request id, four events handled, everything else passed over. */
class Viewer {
  roster = new Map();
  state = null;
  version = 0;
  poses = [];
  failures = [];
  #client;
  #roomId = null;
  #read = 0;
  #requests = 0;
  #stream;

  constructor(id, name, role) {
    Object.assign(this, { id, name, role });
  }

  /** The address with nothing but `userId`, as it dials it each time. */
  async connect() {
    this.#client = new Client(server, { userId: this.id });
    this.#read = 0;
    await this.#client.opened;
  }

  get userInfo() {
    return { userId: this.id, name: this.name, role: this.role, avatar: { type: 'simple', color: '#3498db', displayName: this.name } };
  }

  get client() {
    return this.#client;
  }

  async createRoom(config) {
    const { roomId } = await this.#request({ action: 'create_room', config });
    this.#roomId = roomId;
    return roomId;
  }

  async joinRoom(roomId) {
    const { roomInfo } = await this.#request({ action: 'join_room', roomId, userInfo: this.userInfo });
    this.#roomId = roomId;
    this.roster = new Map(roomInfo.users.map((user) => [user.id, user]));
    this.state = roomInfo.state;
    this.version = roomInfo.state.version;
    this.#handle();
    return roomInfo;
  }

  leaveRoom() {
    this.#client.send({ action: 'leave_room', roomId: this.#roomId });
    this.#roomId = null;
  }

  broadcast(type, data) {
    this.#client.send({ action: 'broadcast', roomId: this.#roomId, message: { type, senderId: this.id, timestamp: Date.now(), data } });
  }

  send(type, data, targetUserId) {
    this.#client.send({ action: 'send_message', targetUserId, message: { type, senderId: this.id, timestamp: Date.now(), data } });
  }

  /** Its own count, whatever the others' updates say. */
  updateState(data) {
    this.version += 1;
    Object.assign(this.state, data);
    this.broadcast('state_update', { type: 'patch', userId: this.id, timestamp: Date.now(), data, version: this.version });
  }

  startPoses() {
    let n = 0;
    this.#stream = setInterval(() => {
      n += 1;
      if (this.#client.isOpen) this.broadcast('pose_update', { position: [n, 1.7, 0], rotation: [0, 0, 0, 1] });
    }, POSE_MS);
    return () => n;
  }

  /** Waits until what has come makes this true. */
  sees(condition) {
    return eventually(() => { this.#handle(); return condition(this); });
  }

  /** The line breaks; after the first of its delays it dials again, and does not rejoin. */
  async lineBreaks() {
    await this.#client.drop();
    this.#client.check();
    await passTime(RECONNECT_MS);
    await this.connect();
  }

  stop() {
    clearInterval(this.#stream);
    return this.#client?.drop();
  }

  async #request(message) {
    this.#requests += 1;
    const requestId = `${Date.now()}-${this.#requests}`;
    this.#client.send({ ...message, requestId });
    const reply = await eventually(() => this.#client.log.find(({ data }) => data.requestId === requestId));
    if (reply.event === 'error') throw new Error(reply.data.message);
    return reply.data;
  }

  #handle() {
    for (const { event, data } of this.#client.log.slice(this.#read)) {
      if (event === 'user_joined') this.roster.set(data.user.id, data.user);
      if (event === 'user_left') this.roster.delete(data.userId);
      if (event === 'error') this.failures.push(data.message);
      if (event === 'message') this.#relayed(data.message, data.senderId);
    }
    this.#read = this.#client.log.length;
  }

  #relayed(message, senderId) {
    assert.notEqual(senderId, this.id, 'one\'s own message came back');
    if (message.type === 'pose_update') this.poses.push([senderId, message.data.position[0]]);
    if (message.type === 'state_update') Object.assign(this.state, message.data.data);
    if (message.type === 'annotation_add') this.state.annotations.push(message.data);
    if (message.type === 'state_full') this.state = message.data;
    if (message.type === 'state_request' && this.role === 'host') this.send('state_full', this.state, senderId);
  }
}

function viewers(t, ...cast) {
  const all = cast.map((args) => new Viewer(...args));
  t.after(async () => {
    await Promise.all(all.map((viewer) => viewer.stop()));
    for (const viewer of all) viewer.client?.check();
  });
  return all;
}

const posesOf = (viewer, id) => viewer.poses.filter(([senderId]) => senderId === id).map(([, n]) => n);

test('A session: create, join, walk about, edit, lose the line, come back', async (t) => {
  await scene(t, server);
  const [alice, bob, cy] = viewers(t, ['user-123', 'Alice', 'host'], ['user-456', 'Bob', 'editor'], ['user-789', 'Cy', 'viewer']);
  await Promise.all([alice.connect(), bob.connect(), cy.connect()]);
  const roomId = await alice.createRoom({ name: 'My Gallery Session', maxUsers: 20, persistent: false });
  await alice.joinRoom(roomId);
  await bob.joinRoom(roomId);
  await alice.sees(({ roster }) => roster.size === 2);
  const [walked, alsoWalked] = [alice.startPoses(), bob.startPoses()];

  // Two who count their updates each for themselves.
  for (let i = 0; i < 10; i++) alice.updateState({ sceneUrl: `scene-${i}.glb` });
  bob.updateState({ treeViewState: { '/root': false } });
  const note = { id: 'user-123-1', userId: 'user-123', userName: 'Alice', position: [0, 0, 0], text: 'Look', color: '#fff', timestamp: Date.now() };
  alice.broadcast('annotation_add', note);
  await bob.sees(({ state }) => state.sceneUrl === 'scene-9.glb' && state.annotations.length === 1);
  await alice.sees(({ state }) => state.treeViewState['/root'] === false);
  bob.updateState({ sceneLoaded: true });

  await cy.joinRoom(roomId);
  const { sceneUrl, treeViewState, annotations } = cy.state;
  assert.deepEqual([sceneUrl, treeViewState, annotations, cy.roster.size], ['scene-9.glb', { '/root': false }, [note], 3]);
  cy.broadcast('state_request', {});
  await cy.sees(({ state }) => state.sceneLoaded === true);
  bob.send('chat_message', { text: 'Hello!' }, 'user-789');
  await passTime(20 * POSE_MS);

  // Alice's line breaks. The others go on; her poses, with the old room's id, go nowhere until she joins again.
  const before = walked();
  await alice.lineBreaks();
  await bob.sees(({ roster }) => !roster.has('user-123'));
  await alice.sees(({ failures }) => failures.includes('Not in a room'));
  const posesBefore = posesOf(bob, 'user-123');
  assert.ok(posesBefore.length >= 0.9 * before && posesBefore.at(-1) <= before, `${posesBefore.length} of ${before} poses`);
  const back = await alice.joinRoom(roomId);
  assert.deepEqual([back.state.sceneUrl, back.state.sceneLoaded, back.users.map(({ id }) => id)], ['scene-9.glb', true, ['user-456', 'user-789', 'user-123']]);
  await bob.sees(({ roster }) => roster.get('user-123')?.role === 'host');
  alice.updateState({ sceneUrl: 'after.glb' });
  await bob.sees(({ state, poses }) => state.sceneUrl === 'after.glb' && poses.at(-1)?.[0] === 'user-123');
  await alice.sees(() => posesOf(alice, 'user-456').length > 0);

  const ordered = [...posesOf(bob, 'user-123')];
  assert.deepEqual(ordered, [...ordered].sort((x, y) => x - y));
  await cy.sees(() => posesOf(cy, 'user-456').length >= 0.9 * alsoWalked() - 10);
  assert.ok(alice.failures.every((text) => text === 'Not in a room') && alice.failures.length <= 2, alice.failures.join());
  assert.deepEqual([bob.failures, cy.failures], [[], []]);
  bob.leaveRoom();
  await alice.sees(({ roster }) => !roster.has('user-456'));
});

test('A line that is dead without anybody having noticed: the same user comes again', async (t) => {
  const { R } = await scene(t, server);
  const [alice, bob] = viewers(t, ['user-123', 'Alice', 'editor'], ['user-456', 'Bob', 'viewer']);
  await bob.connect();
  await bob.joinRoom(R);
  const dead = await RawSocket.open(t, server.port, { target: '/?userId=user-123' });
  dead.send(frame(TEXT, JSON.stringify({ action: 'join_room', roomId: R, userInfo: alice.userInfo })));
  await bob.sees(({ roster }) => roster.has('user-123'));
  const events = bob.client.log.length;
  await alice.connect();
  const { users } = await alice.joinRoom(R);
  assert.deepEqual(users.map(({ id }) => id), ['user-456', 'user-123']);
  alice.updateState({ sceneUrl: 'x.glb' });
  await bob.sees(({ state }) => state.sceneUrl === 'x.glb');
  // No second avatar, and no one that goes.
  assert.deepEqual(bob.client.log.slice(events).map(({ event }) => event), ['message']);
});

test('A room with a password is closed to this client, which sends none; it is told so', async (t) => {
  await scene(t, server);
  const [alice] = viewers(t, ['user-123', 'Alice', 'host']);
  await alice.connect();
  const roomId = await alice.createRoom({ name: 'Mine', password: 'secret' });
  await assert.rejects(alice.joinRoom(roomId), /^Error: Invalid password$/);
  await alice.joinRoom(await alice.createRoom({}));
});

test('The shared port', async (t) => {
  const { client } = await scene(t, server);
  for (const [path, query] of [['/gallery', 'userId=A'], ['/gallery', ''], ['/', 'userId=A'], ['/any/thing', 'x=1&userId=A'], ['/', 'apiKey=x'], ['/viewer', '']]) {
    const one = await client(query.includes('userId') ? 'A' : undefined, { path, query });
    assert.equal(one.id === 'A', query.includes('userId'), path);
    await one.echo();
  }
  // Parrot's.
  for (const path of ['/', '/pocket-parrot?userId=A']) {
    const raw = await RawSocket.open(t, server.port, { target: path });
    raw.send(frame(TEXT, '{"type":"handshake"}'));
    assert.match((await raw.next()).payload.toString(), /"type":"(promoted|observer_mode)"/);
  }
});
