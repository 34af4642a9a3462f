import { load } from './packages.mjs';

export const { WebSocketServer, WebSocket } = load('ws');
export const version = load('ws/package.json').version;
