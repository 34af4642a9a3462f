// The Socket.IO protocol: by hand what is rare, broken or hostile, and with the stock clients, version 4 and 2, what people do. The application of conformance tells `auth`, echoes
// `message` as `message-back` and acknowledges `message-with-ack`, on / and on /custom.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ask, checkRefused, CONFORMANCE, Line, PING_INTERVAL_MS, PING_TIMEOUT_MS, Polling, target, UNKNOWN_SESSION } from '../lib/engineio.mjs';
import { startRoost } from '../lib/roost.mjs';
import { connect, open, TRANSPORTS } from '../lib/socketio.mjs';
import { eventually } from '../lib/tools.mjs';

const CONNECT_TIMEOUT_MS = 1_000;

const server = await startRoost([...CONFORMANCE, '--socketio-eio3', 'true']);
after(() => server.stop());

const UPGRADING = { transports: ['polling', 'websocket'] };
const CARRIERS = { ...TRANSPORTS, 'polling, then WebSocket': UPGRADING };

const times = (count, value) => Array.from({ length: count }, (_, i) => value(i));

/** A WebSocket that has entered a namespace, by hand; all that the application says at first is taken. */
async function enter(t, namespace = '', options = {}) {
  const line = await Line.enter(t, server, { namespace, ...options });
  await line.expect(`42${namespace}["auth",${JSON.stringify(options.auth ?? {})}]`);
  return line;
}

/** This one is served as if nothing were. */
async function checkServed(line, namespace = '') {
  line.send(`42${namespace}["message","still here"]`);
  await line.expect(`42${namespace}["message-back","still here"]`);
}

/** Whoever sends these packets is thrown out without a word, and only that client. */
async function checkThrownOut(t, packets, other) {
  const line = await enter(t);
  line.send(...packets);
  await line.expectClosed();
  await checkServed(other);
}

describe('By hand: namespaces', { concurrency: 4 }, () => {
  test('A client that enters learns its id and nothing else, and the application its payload', async (t) => {
    const line = await Line.open(t, server);
    line.send('40{"token":"123"}', '40/custom,{"b":[1,"2"]}');
    const packets = [await line.next(), await line.next(), await line.next(), await line.next()];
    for (const [namespace, auth] of [['', '{"token":"123"}'], ['/custom,', '{"b":[1,"2"]}']]) {
      const connected = packets.findIndex((packet) => packet.startsWith(`40${namespace}{`));
      const { sid, ...rest } = JSON.parse(packets[connected].slice(2 + namespace.length));
      assert.deepEqual(rest, {});
      assert.match(sid, /^[\w-]{20,}$/);
      assert.notEqual(sid, line.handshake.sid, 'other clients may learn it, so it must not be the id of the session');
      assert.ok(packets.indexOf(`42${namespace}["auth",${auth}]`) > connected);
    }
  });

  test('An unknown namespace is refused, and the others go on', async (t) => {
    const line = await enter(t);
    line.send('40/random', '40/random,{"a":1}', `40/${'x'.repeat(200)}`, '40/custom/more');
    await line.expect(...['random', 'random', 'x'.repeat(200), 'custom/more'].map((name) => `44/${name},{"message":"Invalid namespace"}`));
    await checkServed(line);
  });

  test('Each namespace has its own events, and leaving one leaves the others alone', async (t) => {
    const line = await enter(t);
    line.send('40/custom');
    assert.match(await line.next(), /^40\/custom,\{"sid":/);
    await line.expect('42/custom,["auth",{}]');
    line.send('42["message",1]', '42/custom,["message",2]', '427["message-with-ack",3]', '42/custom,7["message-with-ack",4]');
    await line.expect('42["message-back",1]', '42/custom,["message-back",2]', '437[3]', '43/custom,7[4]');
    line.send('41/custom', '42["message",5]');
    await line.expect('42["message-back",5]');
    line.send('40/custom,{"again":true}');
    assert.match(await line.next(), /^40\/custom,\{"sid":/);
    await line.expect('42/custom,["auth",{"again":true}]');
  });

  test('What goes to a namespace that the client is not in may be late, and is ignored', async (t) => {
    const line = await enter(t);
    line.send('42/custom,["message",1]', '42/custom,7["message-with-ack",1]', '451-/custom,["message",{"_placeholder":true,"num":0}]', Buffer.from([1]), '41/custom', '43/custom,7[]');
    await checkServed(line);
  });

  test('Whoever left the last namespace may come back', async (t) => {
    const line = await enter(t);
    line.send('41', '40');
    assert.match(await line.next(), /^40\{"sid":/);
    await line.expect('42["auth",{}]');
    await checkServed(line);
  });

  test('Whoever enters none is closed when the time is up, though it answers the pings', async (t) => {
    const started = performance.now();
    const line = await Line.open(t, server);
    await line.expectClosed();
    assert.ok(performance.now() - started > CONNECT_TIMEOUT_MS - 100);
  });

  test('A refused namespace is none', async (t) => {
    const line = await Line.open(t, server);
    line.send('40/random');
    await line.expect('44/random,{"message":"Invalid namespace"}');
    await line.expectClosed();
  });
});

describe('By hand: events', { concurrency: 4 }, () => {
  const values = {
    none: '',
    'of every kind': ',1,-2.5,1e21,"",null,true,[],{},{"a":{"b":["c"]}}',
    'with signs that JSON escapes': ',"\\"\\\\\\n\\u0001"',
    'beyond ASCII': ',"é€😀"',
    'a number beyond the doubles': ',"x",12345678901234567890',
    'what looks like an attachment': ',{"_placeholder":true,"num":0}',
  };
  for (const [what, json] of Object.entries(values)) {
    test(`Arguments: ${what}`, async (t) => {
      const line = await enter(t);
      line.send(`42["message"${json}]`);
      const answer = await line.next();
      assert.equal(answer.slice(0, 2), '42');
      assert.deepEqual(JSON.parse(answer.slice(2)), JSON.parse(`["message-back"${json}]`));
    });
  }

  test('Acknowledgements carry the id, and come in the order of the events', async (t) => {
    const line = await enter(t);
    const count = 1_000;
    await line.flood(times(count, (i) => `42${i}["message-with-ack",${i}]`));
    await line.expect(...times(count, (i) => `43${i}[${i}]`));
  });

  test('An event that wants no acknowledgement gets none, and unknown ones are ignored', async (t) => {
    const line = await enter(t);
    line.send('42["message-with-ack",1]', '42["something-else",1]', '4212["something-else",1]', '42[5,1]');
    await checkServed(line);
  });

  test('Five thousand acknowledgements of nothing', async (t) => {
    const line = await enter(t);
    await line.flood(times(5_000, (i) => `43${i}[]`));
    await checkServed(line);
  });

  test('Without end, they end the session of their sender', async (t) => {
    const other = await enter(t);
    const session = await Polling.open(server);
    await session.post('40');
    const flood = times(20_000, (i) => `43${i}[]`).join('\x1e');
    assert.equal((await session.request({ method: 'POST', body: flood })).status, 400);
    await session.ended();
    await checkServed(other);
  });

  test('Attachments come back as they were', async (t) => {
    const line = await enter(t);
    const [a, b] = [Buffer.from([1, 2, 3]), Buffer.alloc(0)];
    line.send('452-["message",{"_placeholder":true,"num":0},{"x":[{"_placeholder":true,"num":1}]}]', a, b);
    await line.expect('452-["message-back",{"_placeholder":true,"num":0},{"x":[{"_placeholder":true,"num":1}]}]', a, b);
  });

  test('Attachments with an acknowledgement, in a namespace', async (t) => {
    const line = await enter(t, '/custom,');
    line.send('451-/custom,12["message-with-ack",{"_placeholder":true,"num":0}]', Buffer.from([7]));
    await line.expect('461-/custom,12[{"_placeholder":true,"num":0}]', Buffer.from([7]));
  });

  test('Over polling, attachments included', async () => {
    const session = await Polling.open(server);
    await session.post('40/custom,');
    assert.equal((await session.collect(2))[1], '42/custom,["auth",{}]');
    await session.post('451-/custom,["message",{"_placeholder":true,"num":0}]', 'bAQIDBA==', '42/custom,["message","€"]');
    assert.deepEqual(await session.collect(3), ['451-/custom,["message-back",{"_placeholder":true,"num":0}]', 'bAQIDBA==', '42/custom,["message-back","€"]']);
  });
});

describe('By hand: what is no packet throws its sender out, and nobody else', { concurrency: 4 }, () => {
  const bad = {
    'no type': ['4'],
    'an unknown type': ['4abc'],
    'a type that does not exist': ['47["message"]'],
    'an event without arguments': ['42'],
    'an event that is no array': ['42{}'],
    'an event without a name': ['42[]'],
    'an event whose name is null': ['42[null]'],
    'an event whose name is reserved': ['42["connect"]'],
    'broken JSON': ['42["message"'],
    'more after the JSON': ['42["message"]]'],
    'an acknowledgement id that is no number': ['42abc["message"]'],
    'an acknowledgement that is no array': ['431{}'],
    'an acknowledgement without id': ['43[]'],
    'a second CONNECT': ['40'],
    'a CONNECT_ERROR, which only the server sends': ['44{"message":"no"}'],
    'no number of attachments': ['45["message"]'],
    'a number of attachments that is none': ['45x-["message"]'],
    'a negative number of attachments': ['45-1-["message"]'],
    'a huge number of attachments': ['451000000000-["message",{"_placeholder":true,"num":0}]'],
    'a number of attachments beyond all integers': ['4599999999999999999999-["message"]'],
    'an attachment that nothing announced': [Buffer.from([1, 2, 3])],
    'a text where an attachment is due': ['451-["message",{"_placeholder":true,"num":0}]', '42["message"]'],
    'a place for an attachment that is not there': ['451-["message",{"_placeholder":true,"num":1}]', Buffer.from([1])],
    'a place for an attachment before the first': ['451-["message",{"_placeholder":true,"num":-1}]', Buffer.from([1])],
  };
  for (const [what, packets] of Object.entries(bad)) {
    test(what, async (t) => checkThrownOut(t, packets, await enter(t)));
  }

  for (const payload of ['"text"', '[]', 'null', '{', '{}x']) {
    test(`a CONNECT with ${payload}`, async (t) => {
      const other = await enter(t);
      const line = await Line.open(t, server);
      line.send(`40${payload}`);
      await line.expectClosed();
      await checkServed(other);
    });
  }

  test('Ten times a hundred thousand brackets', async (t) => {
    const other = await enter(t);
    await Promise.all(times(10, async () => {
      const line = await enter(t);
      line.send(`42["message",${'['.repeat(100_000)}${']'.repeat(100_000)}]`);
      await line.expectClosed();
    }));
    await checkServed(other);
  });

  test('Over polling', async (t) => {
    const other = await enter(t);
    const session = await Polling.open(server);
    await session.post('40');
    await session.collect(2);
    await session.request({ method: 'POST', body: '42{}' });
    await session.ended();
    await checkServed(other);
  });
});

describe('Stock clients', { concurrency: 3 }, () => {
  test('What waits in the client goes in requests of a size that the server takes', async (t) => {
    const client = open(t, server, '/', TRANSPORTS.polling);
    for (let i = 0; i < 5; i++) client.emit('message', i, 'x'.repeat(400_000));
    for (let i = 0; i < 5; i++) assert.equal((await client.find('message-back')).data, i);
  });

  for (const version of [4, 2]) {
    for (const [carrier, options] of Object.entries(CARRIERS)) {
      describe(`Version ${version}: ${carrier}`, { concurrency: 3 }, () => {
        const guest = async (t, namespace = '/', more = {}) => {
          const client = await connect(t, server, namespace, { version, ...options, ...more });
          await client.expect('auth');
          return client;
        };

        test('Text and bytes, there and back, with and without acknowledgement', async (t) => {
          const client = await guest(t);
          client.emit('message', 'é€😀', 1, { deep: [Buffer.from([0, 255])] }, Buffer.alloc(70_000, 7));
          assert.deepEqual((await client.expect('message-back')).args, ['é€😀', 1, { deep: [Buffer.from([0, 255])] }, Buffer.alloc(70_000, 7)]);
          assert.equal(await client.request('message-with-ack', 'é€😀'), 'é€😀');
          assert.deepEqual(await client.request('message-with-ack', Buffer.from('é€😀')), Buffer.from('é€😀'));
        });

        test('Several namespaces on one transport', async (t) => {
          const root = await guest(t);
          const custom = root.of('/custom', version === 2 ? { query: { token: 'abc' } } : {});
          await custom.expect('connect');
          await custom.expect('auth');
          const nowhere = root.of('/nowhere');
          const { data } = await nowhere.expect('connect_error');
          assert.equal(data.message ?? data, 'Invalid namespace');
          custom.emit('message', 'c');
          root.emit('message', 'r');
          assert.deepEqual((await custom.expect('message-back')).args, ['c']);
          custom.close();
          root.emit('message', 'r2');
          assert.deepEqual((await root.expect('message-back')).args, ['r']);
          assert.deepEqual((await root.expect('message-back')).args, ['r2']);
        });

        test('Nothing is lost, doubled or overtaken, whatever carries it', async (t) => {
          const client = open(t, server, '/', { version, ...options });
          const count = 500;
          // The first ones wait in the client for the connection; the rest is on the way while it is upgraded.
          for (let i = 0; i < count; i++) client.emit('message', i, ...(i % 50 === 0 ? [Buffer.from([i & 255])] : []));
          for (let i = count; i < 2 * count; i++) assert.equal(await client.request('message-with-ack', i), i);
          const all = client.all('message-back');
          assert.deepEqual(all.map(({ data }) => data), times(count, (i) => i));
          for (let i = 0; i < count; i += 50) assert.deepEqual(all[i].args[1], Buffer.from([i & 255]));
          if (options === UPGRADING) await client.until(() => client.transport === 'websocket', 'the upgrade');
        });

        test('A client that stays is pinged and answers', async (t) => {
          const client = await guest(t);
          let beats = 0;
          client.socket.io.engine.on(version === 2 ? 'pong' : 'ping', () => beats++);
          await eventually('two heartbeats', () => beats === 2);
          assert.equal(await client.request('message-with-ack', 'still here'), 'still here');
          assert.deepEqual(client.rest(), []);
        });

        test('After the network broke, it comes back as somebody else', async (t) => {
          const client = await guest(t, '/custom', { reconnection: true });
          const before = client.id;
          client.cut();
          await client.find('disconnect');
          await client.find('connect');
          assert.notEqual(client.id, before);
          assert.equal(await client.request('message-with-ack', 'back'), 'back');
        });
      });
    }
  }
});

test('Version 3 of Engine.IO over polling counts UTF-16 units, and the client pings', async () => {
  const opened = await ask(server, target('/socket.io/', { EIO: '3', transport: 'polling', b64: '1' }));
  assert.equal(opened.status, 200, opened.body);
  const handshake = packetsOf(opened.body)[0];
  const { sid, ...rest } = JSON.parse(handshake.slice(1));
  assert.deepEqual({ ...rest, maxPayload: 0 }, { upgrades: ['websocket'], pingInterval: PING_INTERVAL_MS, pingTimeout: PING_TIMEOUT_MS, maxPayload: 0 });
  const session = (options) => ask(server, target('/socket.io/', { EIO: '3', transport: 'polling', b64: '1', sid }), options);
  const packets = packetsOf(opened.body).slice(1);
  const collect = async (count) => {
    while (packets.length < count) packets.push(...packetsOf((await session()).body));
    return packets.splice(0, count);
  };
  assert.deepEqual((await collect(2)).map((packet) => packet.slice(0, 6)), ['40', '42["au']);
  assert.equal((await session({ method: 'POST', body: ['2', '42["message","é€😀"]', '42["message",1]'].map((packet) => `${packet.length}:${packet}`).join('') })).body, 'ok');
  assert.deepEqual(await collect(3), ['3', '42["message-back","é€😀"]', '42["message-back",1]']);
  await session({ method: 'POST', body: '99:42["message"]' });
  checkRefused(await session(), ...UNKNOWN_SESSION);
});

/** The packets of a payload of version 3 in text: each with its length before it, in UTF-16 units. */
function packetsOf(payload) {
  const packets = [];
  for (let at = 0; at < payload.length;) {
    const colon = payload.indexOf(':', at);
    const length = Number(payload.slice(at, colon));
    packets.push(payload.slice(colon + 1, colon + 1 + length));
    at = colon + 1 + length;
  }
  return packets;
}

test('When the server stops, polls and WebSockets end in order', async (t) => {
  const clients = await Promise.all(Object.values(CARRIERS).flatMap((options) => [4, 2].map((version) => connect(t, server, '/', { version, ...options }))));
  const { code } = await server.stop();
  assert.equal(code, 0);
  for (const client of clients) await client.find('disconnect');
});
