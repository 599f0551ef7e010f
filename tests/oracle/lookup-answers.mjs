// The golden answers about lookups: search, object query, containment and retainers in all orders, dominators,
// retaining paths, ignored retainers, places in scripts, recordings of allocations: `NAME.lookups.json`.
// tests/it/lookup_goldens.rs compares.

import {createHash} from 'node:crypto';
import {line, listed} from './lines.mjs';
import * as ask from './questions.mjs';

/** `[query, case-sensitive, regular expression]`. */
const SEARCHES = [
  ['order', false, false], ['Order', true, false], ['k', false, false], ['\u212A', false, false], ['É', false, false],
  ['ı', false, false], ['\u{1F6D2}', false, false], ['\uFF5E', true, false], ['{id, ', false, false],
  ['"', true, false], ['\n', true, false], ['detached', false, false], ['a', false, false],
  ['^[^a-z]*$', false, true], ['\\bid\\b', false, true], ['\\d{2,}|\\s$', false, true], ['^(?:get |\\W+)', false, true],
  ['[\\]}]$', false, true], ['^system / .*t', false, true], ['é|\\u00c9', false, true],
];

const QUERIES = [
  {className: '^order|É'},
  {className: 'k', sortBy: 'id'},
  {nodeType: 'Object', minRetainedSize: 100},
  {isDetached: true, sortBy: 'selfSize'},
  {isDetached: false, nodeType: 'native', maxRetainedSize: 1000, sortBy: 'id'},
  {propertyName: '^(id|MAP)$', maxSelfSize: 100},
  {propertyName: '^1', minSelfSize: 1, sortBy: 'selfSize'},
];

const COLUMNS = ['name', 'distance', 'selfSize', 'retainedSize'];

/** Depth, nodes, siblings. */
const LIMITS = [[30, 5000, 100], [12, 200, 3], [4, 30, 2]];

/** Levels of callers that are opened, in so many functions. */
const LEVELS = 4, FUNCTIONS = 12;

const indexes = (snapshot, count, seed) =>
  ask.drawn(count, snapshot.nodeCount, seed).map(ordinal => ordinal * snapshot.nodeFieldCount);
const ordinal = (snapshot, index) => index / snapshot.nodeFieldCount;

/** DevTools' order of several edges named `__proto__` depends on how it sorts, not on what. */
function isOrdered(snapshot, index) {
  const names = ask.fieldsBy(snapshot, index, 'retainedSize', false).map(([, name]) => name);
  return names.filter(name => name === '__proto__').length < 2;
}

function orders(snapshot, list, count, seed, fits = () => true) {
  return [snapshot.rootNodeIndex, ...indexes(snapshot, count, seed)].filter(index => fits(snapshot, index)).flatMap(index =>
    COLUMNS.flatMap(column => [true, false].map(ascending => [
      ordinal(snapshot, index), column, ascending,
      listed(list(snapshot, index, column, ascending).map(row => line(...row))),
    ])));
}

/** The steps of all paths, each followed by those that lead on from it. */
function steps(edges, depth = 0) {
  return edges.flatMap(({edgeType, edgeName, nodeId, distance, children}) =>
    [line(depth, edgeType, edgeName, nodeId, distance), ...steps(children, depth + 1)]);
}

function pathsOf(snapshot, index, limits) {
  const [depth, nodes, siblings] = limits;
  const {paths, limitsReached} = snapshot.getRetainingPaths(index, depth, nodes, siblings);
  const reached = ['depth', 'nodes', 'siblings'].map(limit => Boolean(limitsReached[limit]));
  return [ordinal(snapshot, index), limits, reached, listed(steps(paths))];
}

/** Nodes with an edge that stands for an entry of a WeakMap. */
function weakMapNodes(snapshot) {
  const found = [];
  for (let index = 0; index < snapshot.nodeCount * snapshot.nodeFieldCount; index += snapshot.nodeFieldCount) {
    for (let edges = snapshot.createNode(index).edges(); edges.hasNext(); edges.next()) {
      if (!edges.edge.isInternal() || !edges.edge.name().includes(' pair in WeakMap ')) continue;
      found.push(index);
      break;
    }
  }
  return found;
}

/** What is ignored, round by round. */
function ignoredNodes(snapshot) {
  const holders = indexes(snapshot, 3, 31).flatMap(index =>
    ask.retainersBy(snapshot, index, 'distance', true).slice(0, 1).map(([, , id]) => snapshot.nodeIndexForId(id)));
  const maps = weakMapNodes(snapshot);
  const someMaps = ask.drawn(4, maps.length, 32).filter(place => place < maps.length).map(place => maps[place]);
  return [holders, indexes(snapshot, 4, 33), someMaps, [snapshot.rootNodeIndex, ...someMaps, ...holders]]
      .filter(round => round.length);
}

function ignoring(snapshot, round) {
  for (const index of round) snapshot.ignoreNodeInRetainersView(index);
  const count = snapshot.nodeCount, fields = snapshot.nodeFieldCount;
  const distances = Int32Array.from({length: count}, (_, node) => snapshot.getDistanceForRetainersView(node * fields));
  const edges = Array.from({length: snapshot.containmentEdges.length / snapshot.edgeFieldsCount}, (_, edge) => edge)
      .filter(edge => snapshot.isEdgeIgnoredInRetainersView(edge * snapshot.edgeFieldsCount));
  const held = round.flatMap(index => {
    const first = snapshot.createNode(index).edges();
    return first.hasNext() ? [first.edge.nodeIndex()] : [];
  });
  const shown = [...indexes(snapshot, 5, 34), ...held, ...round].map(index => [
    ordinal(snapshot, index), listed(ask.retainersBy(snapshot, index, 'distance', true).map(row => line(...row))),
  ]);
  const answer = {
    nodes: round.map(index => ordinal(snapshot, index)),
    distances: createHash('sha256').update(ask.bytesOf(distances)).digest('hex'),
    edges: listed(edges.map(edge => line(edge))),
    retainers: shown,
    paths: held.slice(0, 2).map(index => pathsOf(snapshot, index, LIMITS[1])),
  };
  snapshot.unignoreAllNodesInRetainersView();
  return answer;
}

function allocations(snapshot) {
  const functions = ask.allocations(snapshot);
  if (!functions) return null;
  const stacks = [];
  for (let index = 0; index < snapshot.nodeCount * snapshot.nodeFieldCount; index += snapshot.nodeFieldCount) {
    const frames = ask.stackOf(snapshot, index);
    if (frames.length) stacks.push(line(ordinal(snapshot, index), ...frames.flat()));
  }
  const row = ([level, values]) => line(level, ...values);
  return {
    functions: listed(functions.rows.map(row)),
    callers: listed(ask.allocations(snapshot, {levels: LEVELS, functions: FUNCTIONS}).rows.map(row)),
    stacks: listed(stacks),
    live: ask.liveOf(snapshot, FUNCTIONS),
  };
}

function samples(snapshot) {
  const recorded = ask.samples(snapshot);
  return recorded && listed(recorded.timestamps.map((time, row) =>
    line(time, recorded.lastAssignedIds[row], recorded.sizes[row])));
}

export function lookupAnswers(snapshot) {
  const ids = list => listed(list.map(id => line(id)));
  return {
    searches: SEARCHES.map(([query, caseSensitive, regex]) =>
      [query, caseSensitive, regex, ids(ask.search(snapshot, query, {case: caseSensitive, regex}).ids)]),
    queries: QUERIES.map(options => [options, ids(ask.query(snapshot, options).ids)]),
    contents: orders(snapshot, ask.fieldsBy, 6, 21, isOrdered),
    retainers: orders(snapshot, ask.retainersBy, 6, 22),
    dominators: indexes(snapshot, 15, 23).map(index =>
      [ordinal(snapshot, index), snapshot.getDominatorsOf(index).map(({nodeId}) => nodeId)]),
    paths: LIMITS.flatMap(limits => indexes(snapshot, 12, 24).map(index => pathsOf(snapshot, index, limits))),
    ignoring: ignoredNodes(snapshot).map(round => ignoring(snapshot, round)),
    locations: listed(ask.locations(snapshot).locations.map(row => line(...row))),
    allocations: allocations(snapshot),
    samples: samples(snapshot),
  };
}
