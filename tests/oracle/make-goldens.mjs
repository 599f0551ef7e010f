#!/usr/bin/env node
// Makes all golden answers anew: asks DevTools about every committed snapshot, writes tests/golden.
// Run it by make-goldens.sh, which unpacks the snapshots into the folder given here.
//
// A golden answer is JSON, one member a line, packed with zstd by the script. Long lists have rows without
// names; tests/it/goldens.rs names their parts.

import {createHash} from 'node:crypto';
import {mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {openSnapshot} from './devtools.mjs';
import {filterAnswers} from './filter-answers.mjs';
import {lookupAnswers} from './lookup-answers.mjs';
import * as ask from './questions.mjs';

const [unpacked, out] = process.argv.slice(2);

/** Facts of so many drawn nodes are kept, with this many of their edges and retainers. */
const SAMPLE = 60, EDGES = 40;
/** Objects of so many classes are listed, with this many of them. */
const CLASSES = 5, INSTANCES = 120;
/** Above this many nodes, columns and names are kept as hashes only. */
const SMALL = 20_000;

const SORTS = ['retainedSize', 'selfSize', 'distance', 'name'];

/** Texts with halves of letters (lone surrogates) have no UTF-8: these become U+FFFD, as in Heaplens. */
const spelled = value => JSON.stringify(value, (_, inner) => typeof inner === 'string' ? inner.toWellFormed() : inner);

function write(name, answer) {
  const members = Object.entries(answer).map(([key, value]) => `${spelled(key)}:${spelled(value)}`);
  writeFileSync(join(out, `${name}.json`), `{${members.join(',\n')}}\n`);
}

function columnsOf(snapshot) {
  const {arrays, classes} = ask.columns(snapshot);
  const lists = Object.entries(arrays).map(([name, array]) => [name.split('.')[0], Array.from(array)]);
  return {...Object.fromEntries(lists), classKeys: classes, names: ask.names(snapshot)};
}

/** Objects of the classes with most objects, in each order: ids. */
function instancesOf(snapshot, classes) {
  const largest = [...classes].sort((a, b) => b.count - a.count).slice(0, CLASSES);
  return largest.map(({key}) => [key, Object.fromEntries(SORTS.map(sort =>
    [sort, ask.instances(snapshot, key, {sort, limit: INSTANCES}).items.map(({id}) => id)]))]);
}

/** An edge whose name is a text, whatever it was. */
const named = ([kind, name, id]) => [kind, String(name), id];

function answersAbout(path, snapshot) {
  const {classes, totals} = ask.summary(snapshot);
  const {nodeCount, edgeCount, totalSize, sha256, namesSha256} = ask.stats(snapshot, {names: true});
  return {
    snapshotSha256: createHash('sha256').update(readFileSync(path)).digest('hex'),
    stats: {nodeCount, edgeCount, totalSize, sha256, namesSha256},
    totals,
    summary: classes.map(({key, name, count, distance, self, maxRet}) => [key, name, count, distance, self, maxRet]),
    interfaces: ask.interfaces(snapshot).interfaces.map(({name}) => name),
    instances: instancesOf(snapshot, classes),
    nodes: ask.nodes(snapshot, {sample: SAMPLE, seed: 1, limit: EDGES}).nodes.map(node => ({
      ...node, edges: node.edges.map(named), retainers: node.retainers.map(named),
    })),
    columns: nodeCount <= SMALL ? columnsOf(snapshot) : null,
  };
}

function difference(base, target) {
  return {
    classes: ask.diff(base, target, {ids: true}).classes.map(row => [
      row.key, row.name, row.addedCount, row.removedCount, row.addedSize, row.removedSize, row.addedIds, row.deletedIds,
    ]),
  };
}

/** Rows of the Comparison, as the window test reads them from an exported table. */
function comparisonRows(base, target) {
  return ask.diff(base, target).classes.map(row => [
    row.name, row.addedCount, row.removedCount, row.countDelta, row.addedSize, row.removedSize, row.sizeDelta,
  ]);
}

/** What else the window test looks at: a class opened in a comparison, the retainers of its first object. */
function openedClass(base, target, name) {
  const objects = ask.changedInstances(base, target, `,${name}`);
  const {retainers} = ask.retainers(target, {id: objects[0]});
  return {name, objects, retainers: retainers.map(([, edge, id]) => [String(edge), id])};
}

/** Snapshots that are compared: two moments of one heap, or of one process. */
function baseOf(name) {
  return name.endsWith('-later') ? name.replace('-later', '') :
         {'chrome-target': 'chrome-base', 'leak-2-20k': 'leak-0-0'}[name];
}

const windowAnswers = {};
rmSync(out, {recursive: true, force: true});
mkdirSync(out, {recursive: true});
const files = Object.fromEntries(readdirSync(unpacked).sort().map(file => [basename(file).replace(/\.heap\w+$/, ''), file]));
for (const [name, file] of Object.entries(files)) {
  const path = join(unpacked, file), snapshot = await openSnapshot(path);
  write(name, answersAbout(path, snapshot));
  write(`${name}.filters`, filterAnswers(snapshot));
  write(`${name}.lookups`, lookupAnswers(snapshot));
  if (baseOf(name)) {
    const base = await openSnapshot(join(unpacked, files[baseOf(name)]));
    write(`${baseOf(name)}--${name}`, difference(base, snapshot));
    if (name === 'chrome-target') {
      windowAnswers.comparison = comparisonRows(base, snapshot);
      windowAnswers.opened = openedClass(base, snapshot, '(string)');
    } else if (name === 'leak-2-20k') {
      windowAnswers.demo = comparisonRows(base, snapshot);
    }
  }
  console.log(name);
}
if (windowAnswers.demo) write('window', windowAnswers);
