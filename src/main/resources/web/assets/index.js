import { count, duration, foreign, NONE } from '/assets/format.js';
import { byId, facts, remarked, setText } from '/assets/page.js';

const POLL_MS = 5_000;
const MOST_ROOMS = 20;
const PARROT_PAGES = '[href="/dashboard"], [href="/listener"], [href="/sender"]';

const showServer = facts(byId('server'), { status: 'Status', users: 'Connections', rooms: 'Rooms', uptime: 'Up for' });
const showParrot = facts(byId('parrot'), {
  sender: 'Active sender', users: 'Phones', passive: 'Listeners', orientation: 'Orientation listeners',
  bulk: 'Bulk listeners', dashboards: 'Dashboards', points: 'Data points', rate: 'Points a minute',
});

const showGallery = facts(byId('gallery'), {
  rooms: 'Rooms', persistent: 'Kept rooms', connections: 'Connections', members: 'In rooms', broadcasts: 'Broadcasts', direct: 'Direct messages',
});

const showMesh = facts(byId('mesh'), {
  organizations: 'Organisations', clients: 'Devices', candidates: 'Candidates', admins: 'Admins in office', pending: 'Elections awaited',
  elections: 'Elections held', handOffs: 'Hand-overs', messages: 'Messages', locations: 'Locations',
});

const showPublicRooms = facts(byId('publicrooms'), {
  rooms: 'Rooms', occupancy: 'Seats taken', users: 'Users', inRooms: 'Sockets in rooms', waiting: 'Waiting for a place', viewers: 'Watching the list', joins: 'Joins', messages: 'Messages',
});

const showPtt = facts(byId('ptt'), {
  users: 'Users', mobiles: 'Phones', watchers: 'Dashboards', groups: 'Groups in use', granted: 'Transmissions', busy: 'Told busy', sound: 'Pieces of sound', redis: 'Redis',
});

/** The answer's JSON object, or null: unreachable, broken, or kept private by the operator. */
async function read(path) {
  try {
    const response = await fetch(path, { cache: 'no-store', signal: AbortSignal.timeout(POLL_MS) });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

async function refresh() {
  if (document.hidden) return;
  const health = await read('/health');
  // Where Mesh runs alone it answers both itself, and the second one not to everybody: the first says enough.
  const isMeshAlone = health?.clients !== undefined;
  const stats = isMeshAlone ? { mesh: { clients: health.clients, admins: health.admin ? 1 : undefined } } : await read('/stats');
  byId('state').dataset.state = health ? 'open' : 'waiting';
  setText(byId('state'), health ? 'The server answers' : 'The server does not answer');
  showServer({
    status: foreign(health?.status), users: count(health?.users ?? health?.clients), rooms: count(health?.rooms), uptime: duration(health?.uptime),
  });
  const parrot = stats?.parrot ?? {};
  const sending = parrot.activeSender ?? parrot.activeSenders; // whether, or how many
  showParrot({
    sender: sending === undefined ? NONE : sending ? 'yes' : 'none', users: count(parrot.activeUsers),
    passive: count(parrot.passiveListeners), orientation: count(parrot.orientationListeners),
    bulk: count(parrot.bulkDataListeners), dashboards: count(parrot.dashboards),
    points: count(parrot.totalDataPoints), rate: count(parrot.dataRate),
  });
  const gallery = stats?.gallery ?? {};
  showGallery({
    rooms: count(gallery.rooms), persistent: count(gallery.persistentRooms), connections: count(gallery.connections), members: count(gallery.members),
    broadcasts: count(gallery.broadcasts), direct: count(gallery.directMessages),
  });
  const mesh = stats?.mesh ?? {};
  showMesh({
    organizations: count(mesh.organizations), clients: count(mesh.clients), candidates: count(mesh.candidates), admins: count(mesh.admins), pending: count(mesh.pendingElections),
    elections: count(mesh.elections), handOffs: count(mesh.handOffs), messages: count(mesh.peerMessages), locations: count(mesh.locationUpdates),
  });
  for (const value of byId('mesh').querySelectorAll('dd')) value.parentElement.hidden = value.textContent === NONE;
  const open = stats?.publicrooms ?? {};
  showPublicRooms({
    rooms: count(open.rooms), occupancy: count(open.occupancy), users: count(open.users), inRooms: count(open.sockets - open.viewers), waiting: count(open.queueLength),
    viewers: count(open.viewers), joins: count(open.joins), messages: count(open.chatMessages),
  });
  const ptt = stats?.ptt ?? {};
  showPtt({
    users: count(ptt.users), mobiles: count(ptt.mobiles), watchers: count(ptt.watchers), groups: count(ptt.groups), granted: count(ptt.floorGrants), busy: count(ptt.floorRefusals),
    sound: count(ptt.audioFrames), redis: ptt.redisUp === undefined ? NONE : ptt.redisUp ? 'connected' : 'not reached',
  });
  // Without Redis nothing is said of it.
  byId('ptt').querySelector('[data-key=redis]').parentElement.hidden = ptt.redisUp === undefined;
  // A protocol that is off has no figures, and no pages.
  for (const name of ['parrot', 'gallery', 'mesh', 'publicrooms', 'ptt']) byId(name).parentElement.hidden = !stats?.[name];
  for (const link of document.querySelectorAll(PARROT_PAGES)) (link.closest('li') ?? link).hidden = stats !== null && !stats.parrot;
  byId('rooms').parentElement.hidden = stats !== null && !stats.gallery;
  const rooms = Array.isArray(stats?.rooms) ? stats.rooms : [];
  byId('rooms').replaceChildren(...rooms.slice(0, MOST_ROOMS).map((room) => remarked(room?.roomId, `${count(room?.userCount)} users`)));
  const more = rooms.length > MOST_ROOMS ? `… and ${count(rooms.length - MOST_ROOMS)} more.` : '';
  setText(byId('rooms-note'), !stats ? 'The statistics cannot be read.' : rooms.length ? more : 'No open rooms.');
}

refresh();
setInterval(refresh, POLL_MS);
document.addEventListener('visibilitychange', refresh);
