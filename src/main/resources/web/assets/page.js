// What every page does with its document. Text goes in as textContent only: user names are hostile.
import { clock, foreign, NONE } from '/assets/format.js';

export const byId = (id) => document.getElementById(id);

export function element(name, text = '', attributes = {}) {
  const node = document.createElement(name);
  node.textContent = text;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

/** Unchanged text is left alone, so that selections and screen readers are not disturbed. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** A list item with a stranger's text and a small remark. */
export function remarked(text, remark) {
  const line = element('li');
  line.append(element('bdi', foreign(text)), element('small', remark));
  return line;
}

/** Fills a <dl> with labelled values; the returned function updates those that it is given. */
export function facts(list, labels) {
  const values = {};
  for (const [key, label] of Object.entries(labels)) {
    const group = element('div');
    values[key] = element('dd', NONE, { 'data-key': key, dir: 'auto' });
    group.append(element('dt', label), values[key]);
    list.append(group);
  }
  return (update) => {
    for (const [key, text] of Object.entries(update)) setText(values[key], text);
  };
}

/** A log, newest line first, that forgets its oldest lines and counts a line that repeats. */
export function boundedLog(list, limit = 200) {
  let last = {};
  return (text, kind = 'note') => {
    if (last.text === text) return setText(last.repeats, `×${++last.times}`);
    const line = element('li', '', { 'data-kind': kind });
    last = { text, times: 1, repeats: element('small') };
    line.append(element('time', clock(Date.now())), element('span', foreign(text, 300), { dir: 'auto' }), last.repeats);
    list.prepend(line);
    while (list.childElementCount > limit) list.lastElementChild.remove();
  };
}

/** Runs `draw` at most once a screen frame, however often the result is called; never while the page is hidden. */
export function oncePerFrame(draw) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      draw();
    });
  };
}

/** Shows a socket's state (see socket.js) in the page's status line and logs its changes. */
export function connectionStatus(node, log) {
  return ({ name, url, retryMs, reason }) => {
    const why = reason ? ` (${foreign(reason, 120)})` : '';
    const text = {
      idle: 'Not connected',
      connecting: `Connecting to ${url}`,
      open: `Connected to ${url}`,
      waiting: `Connection lost${why}, next try in ${Math.ceil(retryMs / 1000)} s`,
      refused: `The connection was refused${why}`,
    }[name];
    node.dataset.state = name;
    setText(node, text);
    if (name !== 'connecting') log(text, name === 'waiting' || name === 'refused' ? 'bad' : 'note');
  };
}
