// What can be asked of an opened snapshot: each function turns DevTools' answer into plain data.

import {createHash} from 'node:crypto';
import {devtools} from './devtools.mjs';
import {randomNumbers} from './random.mjs';

/** How many rows of a list are given when nothing else is said. */
const ROWS = 100;

/** JavaScript's own order of strings, by UTF-16 units. */
export const byText = (a, b) => (a > b) - (a < b);

const byNumber = (a, b) => a - b;

export class UsageError extends Error {}

// ------------------------------------------------------------------------------------- nodes

function* nodesOf(snapshot) {
  const node = snapshot.createNode(0);
  for (let ordinal = 0; ordinal < snapshot.nodeCount; ordinal++) {
    node.nodeIndex = ordinal * snapshot.nodeFieldCount;
    yield node;
  }
}

const idAt = (snapshot, nodeIndex) => snapshot.createNode(nodeIndex).id();

/** The node index of an id. */
export function indexOf(snapshot, id) {
  const index = snapshot.nodeIndexForId(Number(id));
  if (index === undefined) throw new UsageError(`no node has the id ${id}`);
  return index;
}

/** The class key that outsiders see: places in scripts as they are, names behind a comma. */
function publicKey(node) {
  const key = node.classKeyInternal();
  return typeof key === 'string' ? key : `,${node.className()}`;
}

/**
 * One typed array for each thing computed per node, by node ordinal, under the name of its file;
 * and the class keys that `class.u32` counts, in order.
 */
export function columns(snapshot) {
  const count = snapshot.nodeCount;
  const self = new Uint32Array(count), detached = new Uint8Array(count), keys = new Array(count);
  let ordinal = 0;
  for (const node of nodesOf(snapshot)) {
    self[ordinal] = node.selfSize();
    detached[ordinal] = node.detachedness();
    keys[ordinal++] = publicKey(node);
  }
  const classes = [...new Set(keys)].sort(byText);
  const rank = new Map(classes.map((key, place) => [key, place]));
  const arrays = {
    'distance.i32': snapshot.nodeDistances,
    'retained.f64': snapshot.retainedSizes,
    'dominator.u32': snapshot.dominatorsTree,
    'self.u32': self,
    'detached.u8': detached,
    'flags.u8': snapshot.flags,
    'class.u32': Uint32Array.from(keys, key => rank.get(key)),
    'nativecontext.i32': snapshot.nodeNativeContextAttribution,
  };
  return {arrays, classes};
}

export const bytesOf = array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');

/** Displayed names in ordinal order. */
export const names = snapshot => Array.from(nodesOf(snapshot), node => node.name());

function hashOfNames(snapshot) {
  const hash = createHash('sha256');
  for (const node of nodesOf(snapshot)) hash.update(`${node.name()}\n`, 'utf8');
  return hash.digest('hex');
}

/** Counts, totals, the header's facts, and hashes of all columns. */
export function stats(snapshot, {names: withNames} = {}) {
  const {arrays, classes} = columns(snapshot);
  const {meta, extra_native_bytes: extra} = snapshot.profile.snapshot;
  return {
    nodeCount: snapshot.nodeCount,
    edgeCount: snapshot.containmentEdges.length / snapshot.edgeFieldsCount,
    rootNodeIndex: snapshot.rootNodeIndex,
    rootRetainedSize: snapshot.rootNode().retainedSize(),
    totalSize: snapshot.totalSize,
    extraNativeBytes: extra ?? null,
    maxJsNodeId: snapshot.maxJsNodeId(),
    nodeFields: meta.node_fields,
    nodeTypes: snapshot.nodeTypes,
    edgeTypes: snapshot.edgeTypes,
    classKeys: classes.length,
    sha256: Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, sha256(bytesOf(array))])),
    ...withNames && {namesSha256: hashOfNames(snapshot)},
  };
}

// ----------------------------------------------------------------------------------- classes

export function filterOf(properties) {
  return Object.assign(new devtools.NodeFilter(), properties);
}

/** The Summary: a row for each class, under a filter. */
export function summary(snapshot, {ids: withIds, filter = {}} = {}) {
  const aggregates = snapshot.aggregatesWithFilter(filterOf(filter));
  const classes = Object.entries(aggregates).sort(([a], [b]) => byText(a, b)).map(([key, row]) => ({
    key,
    name: row.name,
    count: row.count,
    distance: row.distance,
    self: row.self,
    maxRet: row.maxRet,
    ...withIds && {ids: row.idxs.map(index => idAt(snapshot, index)).sort(byNumber)},
  }));
  const totals = {classes: classes.length, count: 0, self: 0};
  for (const {count, self} of classes) {
    totals.count += count;
    totals.self += self;
  }
  return {classes, totals};
}

/** The Comparison: a row for each class with something new or deleted. */
export function diff(base, target, {ids: withIds} = {}) {
  const rows = target.calculateSnapshotDiff(1, base.aggregatesForDiff(target.interfaceDefinitions()));
  const classes = Object.entries(rows).sort(([a], [b]) => byText(a, b)).map(([key, row]) => {
    const {name, addedCount, removedCount, addedSize, removedSize, countDelta, sizeDelta, addedIds, deletedIds} = row;
    return {
      key, name, addedCount, removedCount, addedSize, removedSize, countDelta, sizeDelta,
      ...withIds && {addedIds, deletedIds},
    };
  });
  return {classes};
}

/** Ids in a class row opened in the Comparison: the new ones, then the deleted ones, largest first. */
export function changedInstances(base, target, key) {
  const row = target.calculateSnapshotDiff(1, base.aggregatesForDiff(target.interfaceDefinitions()))[key];
  const added = target.createAddedNodesProvider(1, key), deleted = base.createDeletedNodesProvider(row.deletedIndexes);
  return [added, deleted].flatMap(list => listed(list, INSTANCES.selfSize, Infinity).items.map(({id}) => id));
}

/** Bytes by kind, as DevTools' pie chart shows them. */
export function statistics(snapshot) {
  const {total, native, v8heap} = snapshot.getStatistics();
  const {code, strings, jsArrays, system} = v8heap;
  const slices = {
    code, strings, jsArrays,
    typedArrays: native.typedArrays,
    systemObjects: system,
    otherJSObjects: v8heap.total - code - strings - jsArrays - system,
    otherNonJSObjects: native.total - native.typedArrays,
  };
  return {total, native, v8heap, slices};
}

/** Inferred interfaces of plain objects, in order of preference. */
export const interfaces = snapshot => ({interfaces: JSON.parse(snapshot.interfaceDefinitions())});

// ----------------------------------------------------------------------------- lists in order

/** The first rows of a provider in an order `[key, ascending, key, ascending]`. */
function listed(provider, order, rows) {
  provider.sortAndRewind(new devtools.ComparatorConfig(...order));
  const {totalLength, items} = provider.serializeItemsRange(0, rows ?? ROWS);
  return {total: totalLength, items};
}

/** How the fields of an object are listed at first. */
const FIELDS = ['retainedSize', false, '!edgeName', true];

/** How retainers are listed at first. */
const RETAINERS = ['!edgeDistance', true, 'name', true];

/** How a class row's objects are listed for each column. */
const INSTANCES = {
  retainedSize: ['retainedSize', false, 'id', true],
  selfSize: ['selfSize', false, 'id', true],
  distance: ['distance', true, 'retainedSize', false],
  name: ['name', true, 'id', true],
};

const fieldsOf = (snapshot, index, rows) => listed(snapshot.createEdgesProvider(index), FIELDS, rows);
const retainersOf = (snapshot, index, rows) => listed(snapshot.createRetainingEdgesProvider(index), RETAINERS, rows);
const edge = ({type, name, node}) => [type, name, node.id];

/** What an object holds, as Containment lists it; of the root when no id is given. */
export function containment(snapshot, {id, limit} = {}) {
  const index = id === undefined ? snapshot.rootNodeIndex : indexOf(snapshot, id);
  const {total, items} = fieldsOf(snapshot, index, limit);
  const children = items.map(item => {
    const {name, distance, selfSize, retainedSize} = item.node;
    return [...edge(item), name, distance, selfSize, retainedSize];
  });
  return {total, children};
}

/** What holds an object, as the Retainers pane lists it, some objects being ignored there. */
export function retainers(snapshot, {id, ignore = [], limit} = {}) {
  for (const other of ignore) snapshot.ignoreNodeInRetainersView(indexOf(snapshot, other));
  const {total, items} = retainersOf(snapshot, indexOf(snapshot, id), limit);
  const rows = items.map(item => [...edge(item), item.node.name, item.node.distance, item.node.ignored]);
  return {total, retainers: rows};
}

/** The objects of a class, as its opened row lists them. */
export function instances(snapshot, key, {sort = 'retainedSize', limit} = {}) {
  if (!INSTANCES[sort]) throw new UsageError(`objects cannot be sorted by ${sort}`);
  if (!Object.hasOwn(snapshot.aggregatesWithFilter(filterOf({})), key)) throw new UsageError(`no class ${key}`);
  const provider = snapshot.createNodesProviderForClass(key, filterOf({}));
  const {total, items} = listed(provider, INSTANCES[sort], limit);
  const kept = ['id', 'name', 'distance', 'retainedSize', 'selfSize', 'type', 'canBeQueried', 'detachedDOMTreeNode'];
  return {total, items: items.map(item => Object.fromEntries(kept.map(field => [field, item[field]])))};
}

// -------------------------------------------------------------------------------- single nodes

/** Ordinals drawn with a seed: duplicates dropped, ascending. */
export function drawn(count, below, seed) {
  const random = randomNumbers(seed);
  const ordinals = new Set();
  for (let turn = 0; turn < count; turn++) ordinals.add(Math.floor(random() * below));
  return [...ordinals].sort(byNumber);
}

function realmOf(snapshot, index) {
  const context = snapshot.nodeNativeContext(index);
  return context === -1 ? 'none' : context === -2 ? 'shared' : idAt(snapshot, context);
}

/** All that is known of a node. */
function facts(snapshot, index) {
  const node = snapshot.createNode(index);
  const {canBeQueried, detachedDOMTreeNode} = node.serialize();
  const place = snapshot.getLocation(index);
  return {
    id: node.id(),
    ordinal: node.ordinal(),
    type: node.type(),
    name: node.name(),
    className: node.className(),
    classKey: publicKey(node),
    distance: node.distance(),
    selfSize: node.selfSize(),
    retainedSize: node.retainedSize(),
    dominatorId: idAt(snapshot, node.dominatorIndex()),
    detachedness: node.detachedness(),
    canBeQueried,
    detachedDOMTreeNode,
    edgeCount: node.edgesCount(),
    retainerCount: node.retainersCount(),
    traceNodeId: snapshot.nodeTraceNodeIdOffset < 0 ? 0 : node.traceNodeId(),
    location: place && [place.scriptId, place.lineNumber, place.columnNumber],
    nativeContext: realmOf(snapshot, index),
  };
}

/** Facts of chosen nodes with their fields and retainers in order, or of all nodes without these. */
export function nodes(snapshot, {ids, all, sample = ROWS, seed = 1, limit} = {}) {
  const fields = snapshot.nodeFieldCount;
  const chosen = ids ? ids.map(id => indexOf(snapshot, id)) :
                 all ? Array.from({length: snapshot.nodeCount}, (_, ordinal) => ordinal * fields) :
                       drawn(sample, snapshot.nodeCount, seed).map(ordinal => ordinal * fields);
  const rows = chosen.map(index => {
    const known = facts(snapshot, index);
    if (all) return known;
    const holders = retainersOf(snapshot, index, limit), held = fieldsOf(snapshot, index, limit);
    return {
      ...known,
      retainers: holders.items.map(edge), retainersShown: holders.total,
      edges: held.items.map(edge), edgesShown: held.total,
    };
  });
  return {nodeCount: snapshot.nodeCount, nodes: rows};
}

/** The node, its dominator, and so on up to the root. */
export const dominators = (snapshot, id) => ({chain: snapshot.getDominatorsOf(indexOf(snapshot, id))});

/** The tree of paths from an object to roots, within DevTools' limits or given ones. */
export function paths(snapshot, id, {depth, nodes: most, siblings} = {}) {
  return snapshot.getRetainingPaths(indexOf(snapshot, id), depth, most, siblings);
}

// ------------------------------------------------------------------------------------- texts

/** Groups of strings with the same content, the one that retains most first. */
export function strings(snapshot, {ids: withIds} = {}) {
  const groups = snapshot.getDuplicateStrings().map(({nodes: members, ...group}) => ({
    ...group,
    ...withIds && {ids: members.map(member => member.id)},
  }));
  return {groups, totals: {groups: groups.length, count: groups.reduce((sum, {count}) => sum + count, 0)}};
}

/** Ids of the nodes whose displayed name matches. */
export function search(snapshot, query, {case: caseSensitive = false, regex = false} = {}) {
  const config = new devtools.SearchConfig(query.trim(), caseSensitive, false, regex, false, false);
  return {ids: snapshot.search(config, filterOf({}))};
}

/** Ids of the objects that DevTools' object query finds, in its order. */
export function query(snapshot, options) {
  const provider = snapshot.queryObjects(options);
  provider.createIterationOrder();
  return {ids: provider.iterationOrder.map(index => idAt(snapshot, index))};
}

/** Where functions and instances of script classes come from: `[id, script, line, column]`. */
export function locations(snapshot, {limit = Infinity} = {}) {
  const rows = [];
  for (const node of nodesOf(snapshot)) {
    if (rows.length >= limit) break;
    const place = snapshot.getLocation(node.itemIndex());
    if (place) rows.push([node.id(), place.scriptId, place.lineNumber, place.columnNumber]);
  }
  return {locations: rows};
}

/** Realms: what belongs to which. */
export function contexts(snapshot) {
  return {
    analysis: snapshot.analyzeContexts(),
    nativeContextSizes: snapshot.getNativeContextSizes(),
    retainedByContextSummary: snapshot.getRetainedByContextSummary(),
  };
}

// -------------------------------------------------------------------------------- recordings

/** The bars of a recorded timeline; null where none was recorded. */
export const samples = snapshot => snapshot.getSamples() ?? null;

/** A function of the Allocation view. */
const allocationRow = ({name, scriptName, scriptId, line, column, count, size, liveCount, liveSize, hasChildren}) =>
  [name, scriptName, scriptId, line, column, count, size, liveCount, liveSize, hasChildren];

/** Functions that allocated, and who called them: `[level, row]`, callers behind what they call. */
export function allocations(snapshot, {levels = 0, functions = Infinity} = {}) {
  if (!snapshot.profile.snapshot.trace_function_count) return null;
  const tops = snapshot.allocationTracesTops();
  const rows = [];
  const withCallers = (node, level) => {
    rows.push([level, allocationRow(node)]);
    if (level >= levels || !node.hasChildren) return;
    const {nodesWithSingleCaller, branchingCallers} = snapshot.allocationNodeCallers(node.id);
    let below = level;
    for (const caller of nodesWithSingleCaller) rows.push([++below, allocationRow(caller)]);
    for (const caller of branchingCallers) withCallers(caller, below + 1);
  };
  for (const top of tops.slice(0, functions)) withCallers(top, 0);
  return {total: tops.length, rows};
}

/** Nodes that a row of the Allocation view leaves alive, and their bytes: `[nodes, bytes]` by row. */
export function liveOf(snapshot, functions) {
  return snapshot.allocationTracesTops().slice(0, functions).map(({id}) => {
    const passes = snapshot.createFilter(filterOf({allocationNodeId: id}));
    let count = 0, bytes = 0;
    for (const node of nodesOf(snapshot)) {
      if (passes && !passes(node)) continue;
      count++;
      bytes += node.selfSize();
    }
    return [count, bytes];
  });
}

/** The functions on the stack when a node was allocated: `[name, script, script id, line, column]`. */
export function stackOf(snapshot, index) {
  const frames = snapshot.allocationStack(index) ?? [];
  return frames.map(({functionName, scriptName, scriptId, line, column}) =>
    [functionName, scriptName, scriptId, line, column]);
}

// --------------------------------------------------------------------- lists in other orders

/** How rows of Containment are listed for each column. */
const FIELDS_BY = {
  name: ascending => ['!edgeName', ascending, 'retainedSize', false],
  distance: ascending => ['distance', ascending, 'name', true],
  selfSize: ascending => ['selfSize', ascending, '!edgeName', true],
  retainedSize: ascending => ['retainedSize', ascending, '!edgeName', true],
};

/** What an object holds in the order of a column. */
export const fieldsBy = (snapshot, index, column, ascending) =>
  listed(snapshot.createEdgesProvider(index), FIELDS_BY[column](ascending), Infinity).items.map(edge);

/** What holds an object in the order of a column: distances are then those of the Retainers pane. */
export function retainersBy(snapshot, index, column, ascending) {
  const order = FIELDS_BY[column](ascending);
  if (column === 'distance') order[0] = '!edgeDistance';
  const {items} = listed(snapshot.createRetainingEdgesProvider(index), order, Infinity);
  return items.map(item => [...edge(item), item.node.distance, item.node.ignored]);
}
