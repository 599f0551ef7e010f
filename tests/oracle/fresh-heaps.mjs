#!/usr/bin/env node
// Makes heaps with the Node that runs this: node fresh-heaps.mjs FOLDER
//
// Three snapshots of one small program: as v8.writeHeapSnapshot makes it, with internals and numeric values, and
// with a recorded timeline. Stacks are not recorded: whoever records itself adds functions to the file that its
// header does not count, and DevTools does not open that.

import {closeSync, openSync, writeSync} from 'node:fs';
import {Session} from 'node:inspector/promises';
import {join} from 'node:path';
import {getHeapSnapshot} from 'node:v8';

const folder = process.argv[2];

class Order {
  constructor(number) {
    this.id = number;
    this.lines = Array.from({length: number % 5}, (_, line) => ({product: `product ${line}`, count: line + 1}));
    this.note = number % 3 ? `a note ${'on '.repeat(number % 40)}` + number : undefined;
  }
}

/** A bit of everything: classes, plain objects, ropes, maps, weak maps, closures, symbols, buffers. */
function work() {
  const orders = Array.from({length: 400}, (_, number) => new Order(number));
  const sessions = new WeakMap(orders.slice(0, 60).map(order => [order, {since: order.id, user: `user-${order.id}`}]));
  const lost = new WeakMap();
  for (const order of orders.slice(0, 20)) lost.set({}, order);
  let rope = '';
  for (const order of orders) rope += order.note ?? '-';
  const listeners = orders.slice(0, 50).map(order => () => order.lines.length);
  return {
    orders, sessions, lost, rope, listeners, byId: new Map(orders.map(order => [order.id, order])),
    symbols: [Symbol('cart'), Symbol.for('order')], big: 12345678901234567890n, pattern: /^order-\d+$/u,
    bytes: new Uint8Array(4096), generator: (function* () { yield orders[0]; })(), ring: {},
  };
}

async function save(name, session, command, parameters) {
  const file = openSync(join(folder, name), 'w');
  const write = ({params}) => writeSync(file, params.chunk);
  session.on('HeapProfiler.addHeapSnapshotChunk', write);
  await session.post(command, parameters);
  session.off('HeapProfiler.addHeapSnapshotChunk', write);
  closeSync(file);
}

globalThis.kept = work();
kept.ring.ring = kept.ring;

const plain = openSync(join(folder, 'plain.heapsnapshot'), 'w');
for await (const piece of getHeapSnapshot()) writeSync(plain, piece);
closeSync(plain);

const session = new Session();
session.connect();
await save('internals.heapsnapshot', session, 'HeapProfiler.takeHeapSnapshot',
    {exposeInternals: true, captureNumericValue: true, reportProgress: false});
await session.post('HeapProfiler.startTrackingHeapObjects', {trackAllocations: false});
for (let turn = 0; turn < 4; turn++) {
  kept[`work${turn}`] = work();
  await new Promise(done => setTimeout(done, 60));
}
await save('recorded.heaptimeline', session, 'HeapProfiler.stopTrackingHeapObjects', {reportProgress: false});
session.disconnect();
