// Messages that clients of the Gallery protocol send.

/** A `join_room` without a request id. */
export function joining(roomId, { password, hostKey, ...userInfo } = {}) {
  return { action: 'join_room', roomId, password, hostKey, userInfo };
}

/** A message of this type, for the others in the room or for one of them. */
export const typed = (type, data = {}) => ({ type, timestamp: Date.now(), data });

export const chat = (data = {}) => typed('chat_message', data);

export const pose = (x = 0) => typed('pose_update', { position: [x, 1.7, 0], rotation: [0, 0, 0, 1] });

/** A `state_update`; a version that is undefined is left out. */
export const update = (version, data) => typed('state_update', { type: 'patch', userId: 'whoever', timestamp: Date.now(), data, version });

export const annotation = (id, fields = {}) => typed('annotation_add', {
  id, userId: 'whoever', userName: 'Who Ever', position: [0, 1, 2], text: `text of ${id}`, color: '#ff0000', timestamp: Date.now(), ...fields,
});

export const removal = (id) => typed('annotation_remove', id);

export const focus = (targetObjectPath, fields = {}) => typed('focus_change', {
  userId: 'whoever', targetObjectPath, position: [0, 1, 2], timestamp: Date.now(), ...fields,
});
