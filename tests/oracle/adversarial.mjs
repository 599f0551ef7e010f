#!/usr/bin/env node
// Makes random heaps out of everything that is rare: node adversarial.mjs OUT SEED [NODES] [MOMENT]
//
// The snapshots are well-formed, and DevTools opens them. But they hold side by side what a real heap
// holds once in a million objects, or never: detached trees, realms, WeakMap entries with misleading
// names, classes whose keys collide, cliques nothing leads to, sizes around 2³², truncated strings,
// names that sort differently in UTF-8 and UTF-16, fields and kinds in another order than V8's.
// The same arguments give the same bytes. MOMENT 1, 2 … is the same heap later: some objects are
// gone, some are new, some changed; all that stayed keep their ids.

import {writeFileSync} from 'node:fs';
import {pathToFileURL} from 'node:url';
import {addPrograms} from './programs.mjs';
import {randomNumbers} from './random.mjs';
import {addRecording, writtenRecording} from './recordings.mjs';

const NODE_KINDS = [
  'hidden', 'array', 'string', 'object', 'code', 'closure', 'regexp', 'number', 'native', 'synthetic',
  'concatenated string', 'sliced string', 'symbol', 'bigint', 'object shape', 'wasm object',
];
const EDGE_KINDS = ['context', 'element', 'property', 'internal', 'hidden', 'shortcut', 'weak'];

/** Raw names by kind of node. Words that stand under several kinds make class keys collide. */
const WORDS = {
  hidden: [
    'system / Map', 'system / Context', 'system / NativeContext', 'system / NativeContext / https://shop.example',
    'Detached system / NativeContext', 'Detached system / NativeContext / x', 'system / NativeContexts',
    'system / Script / cart.js', 'system / ScopeInfo', 'system / SharedFunctionInfo', 'system / WeakCell', 'Function',
    'system / ExternalStringData',
  ],
  array: ['', '(map descriptors)', '(map descriptors)', '(object elements)', 'Array', '(object properties)'],
  string: [
    'order', 'order', 'Order', 'ORDER', '', 'é', 'É', 'ﬁ', '\u{10400}', '\uE000', '\uFF5E', '\uD83D', 'ı', '\u212A', 'k',
    'true', 'false', '0', '12', '-7', '12px', '1e3', 'two\nlines', 'quote " and \\ slash', 'tab\there', '\u2028',
    'text '.repeat(205), 'text '.repeat(204) + 'end!',
  ],
  object: [
    'Object', 'Object', 'Object', 'Object', 'Array', 'Array', 'Order', 'Order', 'Map', 'WeakMap', '', 'constructor',
    '__proto__', '(system)', '(string)', '(compiled code)', 'Function', 'RegExp', '{id, total}', '{id}', '<div>',
    '<div id=object>', 'Window', 'Window / https://shop.example', 'system / Context', 'system / Context / render',
    'system / Context / scope @17', 'system / Contexts', 'Detached Order', 'Detached <i>', 'system / NativeContext',
    '\u{1F6D2}', '\uFF5Ecart', '1,2,3,Order', 'Detached ',
  ],
  code: ['', '(code)', 'system / Code', 'Array', 'total'],
  closure: ['', 'total', 'get total', 'Array', 'Order', 'system / Context'],
  regexp: ['', '^a/b$', 'Array'],
  number: ['int', 'int', 'bool', 'smi number', 'heap number', 'Array'],
  native: [
    '<div>', '<div id="cart">', '<div class="a b">', '<p>', '<p', '<', 'Detached <div>', 'Detached <p a b>', 'Detached <',
    'V8EventListener', 'V8EventListener', 'EventListener', 'system / ExternalStringData',
    'system / ExternalStringData', 'system / JSArrayBufferData', 'Document', 'Order', 'Object', 'Array', 'InternalNode',
    'Window', 'Window / https://shop.example', 'Detached Window', 'Node / Foo', 'constructor',
  ],
  synthetic: ['(GC roots)', '(Stack roots)', '(Handle scope)', '(Document DOM trees)', 'C++ roots', '(Strong roots)'],
  'concatenated string': ['(concatenated string)', '(concatenated string)', 'order'],
  'sliced string': ['(sliced string)'],
  symbol: ['symbol', 'Symbol.iterator', 'order', 'Array'],
  bigint: ['bigint', '12'],
  'object shape': ['system / Map', 'system / PropertyArray', 'Array'],
  'wasm object': ['WasmStruct', 'Order'],
};

const PROPERTIES = [
  'id', 'total', 'items', 'next', 'name', '__proto__', '\u{1F600}', '\uFF5E', '\uE000', 'a,b', "it's", '"q"', '{', '}',
  'back\\slash', 'new\nline', '', ' ', '10', '9', '1', 'code', 'p'.repeat(55), 'q'.repeat(56), 'r'.repeat(98),
  's'.repeat(119), 't'.repeat(130), 'listeners', 'Window / DevTools console',
];
const INTERNALS = [
  'map', 'native_context', 'elements', 'properties', 'context', 'shared', 'script', 'scope_info', 'previous', 'code',
  'sloppy_function_map', 'hash', 'length', 'first', 'second', '1', '0', 'x / DevTools console',
];
const SHORTCUTS = ['7', '12px', '0x1f', 'shortcut', '-3', ' 4', '10', '9', 'a / DevTools console'];

/** Names inside a WeakMap entry's description; those with line ends break DevTools' pattern. */
const LABELS = ['Order', '', 'a @3', 'x) -> value (y', 'two\nlines', 'para\u2029graph', ') pair in WeakMap (table @5', '@'];

/** Draws from a seeded stream. */
function dice(seed) {
  const random = randomNumbers(seed);
  const below = count => Math.floor(random() * count);
  return {
    below,
    chance: share => random() < share,
    of: list => list[below(list.length)],
    shuffle(list) {
      for (let last = list.length - 1; last > 0; last--) {
        const other = below(last + 1);
        [list[last], list[other]] = [list[other], list[last]];
      }
      return list;
    },
  };
}

/** A heap under construction: nodes know their edges, edges know nodes, numbers come at the end. */
class Heap {
  nodes = [];
  /** Rows of the scope tables; undefined for a writer that has none. */
  scopes = undefined;
  #nextId = 1;
  /** A recording of allocations, if one was made. */
  recording = undefined;

  add(kind, name, size) {
    const id = kind === 'native' && this.nodes.length % 2 ? this.#nextId + 1 : this.#nextId;
    this.#nextId += 2;
    const node = {kind, name, id, size, detachedness: 0, trace: 0, location: null, edges: []};
    this.nodes.push(node);
    return node;
  }

  link(from, kind, name, to) {
    from.edges.push({kind, name, to});
  }

  of(...kinds) {
    return this.nodes.filter(node => kinds.includes(node.kind));
  }
}

function size(d, kind) {
  if (d.chance(0.15)) return 0;
  if (d.chance(0.004)) return d.of([2 ** 32 - 1, 2 ** 32 - 40, 2 ** 31, 2 ** 32 + 24]);
  return kind === 'object' || kind === 'string' ? 8 * d.below(24) : d.below(3000);
}

function addNodes(heap, d, count) {
  const fresh = [];
  for (let turn = 0; turn < count; turn++) {
    const kind = d.chance(0.3) ? 'object' : d.chance(0.1) ? 'native' : d.of(NODE_KINDS);
    const node = heap.add(kind, d.of(WORDS[kind]), size(d, kind));
    if (d.chance(0.06)) node.detachedness = 1 + d.below(2) + (d.chance(0.05) ? 1 : 0);
    node.trace = d.below(5);
    if (['object', 'closure'].includes(kind) && d.chance(0.2)) node.location = [d.below(3), d.below(2), d.below(3)];
    fresh.push(node);
  }
  return fresh;
}

/** Edges of all kinds to anywhere in `targets`. */
function linkAtRandom(heap, d, node, targets) {
  const name = {
    context: () => d.of(PROPERTIES),
    property: () => d.of(PROPERTIES),
    internal: () => d.of(INTERNALS),
    weak: () => String(d.below(9)),
    shortcut: () => d.of(SHORTCUTS),
    element: () => d.below(40),
    hidden: () => d.below(40),
  };
  for (let edges = d.below(6); edges > 0; edges--) {
    const kind = d.of(EDGE_KINDS);
    heap.link(node, kind, name[kind](), d.chance(0.03) ? node : d.of(targets));
  }
}

/** Plain objects: few shapes that many share, with odd names among them. */
function linkPlainObject(heap, d, node, targets) {
  const known = PROPERTIES.slice(0, 5);
  const count = d.chance(0.1) ? 0 : d.chance(0.1) ? 30 : 1 + d.below(5);
  for (let property = 0; property < count; property++) {
    heap.link(node, 'property', d.chance(0.75) ? known[property % 5] : d.of(PROPERTIES), d.of(targets));
  }
  if (d.chance(0.4)) heap.link(node, 'internal', 'map', d.of(targets));
  if (d.chance(0.1)) heap.link(node, 'element', d.below(30), d.of(targets));
  if (d.chance(0.3)) d.shuffle(node.edges);
}

/** Ropes: parts are always younger than the rope, so that none contains itself. */
function linkRope(heap, d, rope, fresh) {
  const age = fresh.indexOf(rope);
  const parts = fresh.slice(age + 1, age + 200).filter(({kind}) => ['string', 'concatenated string'].includes(kind));
  for (const name of ['first', 'second', 'first']) {
    if (parts.length && d.chance(name === 'first' ? 0.6 : 0.9)) heap.link(rope, 'internal', name, d.of(parts));
  }
}

/** What the newest V8 tells of strings: length, hash, whether the text was cut. */
function describeString(heap, d, text, numbers) {
  const named = name => d.of(numbers.filter(node => node.name === name));
  if (!numbers.some(({name}) => name === 'int') || !numbers.some(({name}) => name === 'bool')) return;
  heap.link(text, 'internal', 'length', named('int'));
  if (d.chance(0.7)) heap.link(text, 'internal', 'truncated', named('bool'));
  if (d.chance(0.5)) heap.link(text, 'internal', 'hash', named('int'));
}

function linkNodes(heap, d, fresh, targets) {
  const texts = heap.of('string'), numbers = heap.of('number');
  for (const node of fresh) {
    if (node.kind === 'concatenated string') {
      linkRope(heap, d, node, fresh);
    } else if (node.kind === 'number' && texts.length && d.chance(0.9)) {
      heap.link(node, 'internal', 'value', d.of(texts));
    } else if (node.kind === 'string' && d.chance(0.4)) {
      describeString(heap, d, node, numbers);
    } else if (node.kind === 'object' && node.name === 'Object') {
      linkPlainObject(heap, d, node, targets);
    } else if (node.name === '(map descriptors)') {
      for (let edges = d.below(8); edges > 0; edges--) {
        heap.link(node, 'internal', d.of(['0', '1', '2', '3', '4', '5', '7', '10', 'x', '4x']), d.of(targets));
      }
    } else {
      linkAtRandom(heap, d, node, targets);
    }
  }
}

/** WeakMap entries: an edge from the table and one from the key, both naming table and key. */
function linkWeakMaps(heap, d, count, targets) {
  for (let entry = 0; entry < count; entry++) {
    const [table, key, value, other] = [0, 0, 0, 0].map(() => d.of(targets));
    if ([table, key].some(({kind}) => ['concatenated string', 'number'].includes(kind))) continue;
    const tableId = d.chance(0.1) ? other.id : d.chance(0.1) ? `0${table.id}` : table.id;
    const part = ` / part of key (${d.of(LABELS)} @${key.id}) -> value (${d.of(LABELS)} @${value.id})` +
        ` pair in WeakMap (table @${tableId})${d.chance(0.05) ? ' ' : ''}`;
    const index = d.below(50);
    heap.link(table, d.chance(0.95) ? 'internal' : 'property', index + part, value);
    if (d.chance(0.8)) heap.link(key, 'internal', (d.chance(0.5) ? index : d.below(50)) + part, value);
    if (d.chance(0.1)) heap.link(other, 'internal', index + part, d.chance(0.5) ? value : other);
  }
}

/** Groups in which everything leads to everything, and that nothing outside leads to. */
function addCliques(heap, d, count, targets) {
  for (let clique = 0; clique < count; clique++) {
    const members = addNodes(heap, d, 2 + d.below(4)).filter(({kind}) => kind !== 'concatenated string');
    members.forEach((member, place) => {
      heap.link(member, 'property', 'ring', members[(place + 1) % members.length]);
      if (d.chance(0.4)) heap.link(member, 'property', 'out', d.of(targets));
      if (d.chance(0.2)) heap.link(member, 'internal', 'map', d.of(members));
    });
    if (members.length && d.chance(0.5)) heap.link(d.of(members), 'element', 3, addNodes(heap, d, 1)[0]);
  }
}

function linkRoot(heap, d, root, targets, hasUserRoots) {
  const pick = hasUserRoots ? targets.filter(() => d.chance(0.06)) : heap.of('synthetic').filter(node => node !== root);
  for (const target of pick) {
    const kind = hasUserRoots ? d.of(['element', 'element', 'shortcut', 'internal', 'weak', 'hidden', 'property']) : 'element';
    const name = kind === 'element' || kind === 'hidden' ? d.below(9) :
                 kind === 'shortcut' ? d.of(SHORTCUTS) : d.of(INTERNALS);
    heap.link(root, kind, name, target);
    if (d.chance(0.1)) heap.link(root, 'element', d.below(9), target);
  }
  for (const group of heap.of('synthetic')) {
    if (group !== root && (d.chance(0.5) || group.name === '(Document DOM trees)')) heap.link(root, 'element', 1, group);
  }
}

/** The heap when the first snapshot is taken. Behind `reachable` of the nodes nothing leads but chance. */
function firstMoment(d, count) {
  const heap = new Heap();
  const root = heap.add('synthetic', '', d.chance(0.2) ? 8 : 0);
  const fresh = addNodes(heap, d, Math.floor(count * 0.85));
  const reachable = fresh.slice(0, Math.floor(fresh.length * 0.9));
  linkNodes(heap, d, fresh.slice(0, reachable.length), d.chance(0.5) ? fresh : reachable);
  linkNodes(heap, d, fresh.slice(reachable.length), fresh);
  linkWeakMaps(heap, d, Math.ceil(count / 15), fresh);
  addCliques(heap, d, Math.ceil(count * 0.15 / 4), reachable);
  linkRoot(heap, d, root, reachable, d.chance(0.85));
  return heap;
}

/** Lets time pass: objects die, are born, change. */
function nextMoment(heap, d) {
  const [root, ...others] = heap.nodes;
  const staying = new Set(others.filter(() => d.chance(0.88)));
  staying.add(root);
  heap.nodes = heap.nodes.filter(node => staying.has(node));
  for (const node of heap.nodes) node.edges = node.edges.filter(({to}) => staying.has(to));
  const old = heap.nodes.slice(1);
  const fresh = addNodes(heap, d, Math.ceil(old.length * 0.2));
  linkNodes(heap, d, fresh, [...old, ...fresh]);
  for (const node of fresh) {
    const holder = d.of(old);
    if (holder.kind === 'object') heap.link(holder, 'property', d.of(PROPERTIES), node);
  }
  for (const node of old) {
    if (d.chance(0.05)) node.size += 8;
    if (node.kind === 'object' && d.chance(0.04)) node.name = d.of(WORDS.object);
    if (d.chance(0.02)) node.location = [d.below(3), d.below(2), d.below(3)];
  }
  if (d.chance(0.5)) heap.nodes = [root, ...d.shuffle(heap.nodes.slice(1))];
}

/** How a file of this seed is laid out: which fields, in which order, how white space and letters. */
function layoutOf(d) {
  const optional = [...d.chance(0.5) ? ['trace_node_id'] : [], ...d.chance(0.8) ? ['detachedness'] : []];
  const nodeFields = ['type', 'name', 'id', 'self_size', 'edge_count', ...optional];
  const edgeFields = ['type', 'name_or_index', 'to_node'];
  const nodeKinds = [...NODE_KINDS], edgeKinds = [...EDGE_KINDS];
  if (d.chance(0.15)) d.shuffle(nodeFields);
  if (d.chance(0.2)) d.shuffle(nodeKinds);
  if (d.chance(0.2)) d.shuffle(edgeKinds);
  return {
    nodeFields, edgeFields, nodeKinds, edgeKinds,
    extraNativeBytes: d.chance(0.5) ? d.below(100_000) : undefined,
    recordSeparator: d.chance(0.5) ? '\n,' : ',',
    asciiOnly: d.chance(0.7),
  };
}

/** What the header says about the scope tables. */
const SCOPE_FIELDS = {
  scope_fields: ['script_node_index', 'scope_id', 'depth', 'scope_context_vars_count', 'scope_uses_count'],
  scope_context_var_fields: ['name'],
  scope_use_fields: ['declaring_scope_id', 'slot_index'],
};

/** The snapshot's text. */
function written(heap, layout) {
  const texts = ['<dummy>'], places = new Map([['<dummy>', 0]]);
  const text = value => {
    if (!places.has(value)) places.set(value, texts.push(value) - 1);
    return places.get(value);
  };
  const ordinals = new Map(heap.nodes.map((node, ordinal) => [node, ordinal]));
  const stride = layout.nodeFields.length;
  const nodeRows = heap.nodes.map(node => {
    const values = {
      type: layout.nodeKinds.indexOf(node.kind), name: text(node.name), id: node.id, self_size: node.size,
      edge_count: node.edges.length, trace_node_id: node.trace, detachedness: node.detachedness,
    };
    return layout.nodeFields.map(field => values[field]);
  });
  const edgeRows = heap.nodes.flatMap(node => node.edges.map(({kind, name, to}) => {
    const values = {
      type: layout.edgeKinds.indexOf(kind),
      name_or_index: typeof name === 'number' ? name : text(name),
      to_node: ordinals.get(to) * stride,
    };
    return layout.edgeFields.map(field => values[field]);
  }));
  const locationRows = heap.nodes.flatMap(node => {
    const row = node.location && [ordinals.get(node) * stride, ...node.location];
    return !row ? [] : node.id % 16 === 1 ? [[row[0], 9, 9, 9], row] : [row];  // of two, the later one counts
  });
  const recorded = writtenRecording(heap.recording, text);
  const scopes = heap.scopes?.filter(({script}) => ordinals.has(script));
  const scopeRows = (scopes ?? []).map(({script, id, depth, variables, uses}) =>
    [ordinals.get(script) * stride, id, depth, variables.length, uses.length]);
  const scopeVariables = (scopes ?? []).flatMap(({variables}) => variables.map(name => [text(name)]));
  const scopeUses = (scopes ?? []).flatMap(({uses}) => uses);
  const types = (fields, by) => fields.map(field => by[field] ?? 'number');
  const header = {
    meta: {
      node_fields: layout.nodeFields,
      node_types: types(layout.nodeFields, {type: layout.nodeKinds, name: 'string'}),
      edge_fields: layout.edgeFields,
      edge_types: types(layout.edgeFields, {type: layout.edgeKinds, name_or_index: 'string_or_number', to_node: 'node'}),
      ...recorded.header,
      location_fields: ['object_index', 'script_id', 'line', 'column'],
      ...scopes && SCOPE_FIELDS,
    },
    node_count: nodeRows.length,
    edge_count: edgeRows.length,
    trace_function_count: recorded.functionCount,
    extra_native_bytes: layout.extraNativeBytes,
  };
  const rows = list => `[${list.map(row => row.join(',')).join(layout.recordSeparator)}]`;
  const letters = JSON.stringify(texts).replaceAll('","', '",\n"');
  const strings = !layout.asciiOnly ? letters : letters.replace(/[\u007F-\uFFFF]/g,
      unit => `\\u${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`);
  return `{"snapshot":${JSON.stringify(header)},\n"nodes":${rows(nodeRows)},\n"edges":${rows(edgeRows)},\n` +
      `"trace_function_infos":${rows(recorded.functions)},\n"trace_tree":${recorded.tree},\n` +
      `"samples":${rows(recorded.samples)},\n"locations":${rows(locationRows)},\n` +
      (scopes ? `"scopes":${rows(scopeRows)},\n"scope_context_vars":${rows(scopeVariables)},\n"scope_uses":${rows(scopeUses)},\n` : '') +
      `"strings":${strings}}\n`;
}

/** The heaps of seeds up to this one have no programs: they were committed before there were any. */
const LAST_PLAIN_SEED = 32;

/** Programs and recordings draw from streams of their own, so that they change nothing else. */
const PROGRAMS = 0x5c09e5;
const RECORDINGS = 0x7ace5;

/** The last seed whose committed heap was made before there were recordings. */
const LAST_UNRECORDED_SEED = 108;

/** A heap of about `count` nodes at a moment (0 for the first), as the text of a snapshot. */
export function adversarialSnapshot(seed, count = 3000, moment = 0) {
  const d = dice(seed);
  const layout = layoutOf(d);
  const heap = firstMoment(d, count);
  if (seed > LAST_PLAIN_SEED) addPrograms(heap, dice(seed + PROGRAMS), heap.nodes.slice(1, count / 2));
  for (let passed = 0; passed < moment; passed++) nextMoment(heap, d);
  // Without traces of nodes DevTools takes the last number of the row before for one.
  const r = dice(seed + RECORDINGS);
  if (seed > LAST_UNRECORDED_SEED && layout.nodeFields.includes('trace_node_id') && r.chance(0.7)) addRecording(heap, r);
  return written(heap, layout);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [out, seed, count, moment] = process.argv.slice(2);
  if (seed === undefined) {
    console.error('usage: node adversarial.mjs OUT SEED [NODES] [MOMENT]');
    process.exit(2);
  }
  writeFileSync(out, adversarialSnapshot(Number(seed), count && Number(count), moment && Number(moment)));
}
