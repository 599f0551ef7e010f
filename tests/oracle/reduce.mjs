#!/usr/bin/env node
// Makes a small snapshot out of a large real one: node reduce.mjs IN OUT [NODES] [SEED]
//
// Real files are too large to be committed, made-up ones lack what real writers do. This keeps about
// NODES nodes: for some chosen by their ids, the way from the root to each and its neighbourhood; with
// all edges between those. Everything else stays as the writer wrote it: the header and its fields, the
// order and spelling of sections, white space, escapes, locations, scopes, allocation traces, samples.
// As ids choose, two snapshots of one process keep nearly the same objects.

import {readFileSync, writeFileSync} from 'node:fs';

/** Texts longer than this (whole scripts) are left out with their nodes, in UTF-8 bytes. */
const LONGEST_TEXT = 20_000;
/** Nodes that are more steps than this away from what is kept are left out: long lists would fill it all. */
const LONGEST_WAY = 100;
/** How many nodes around a chosen one are kept. */
const NEIGHBOURS = 25;

/** Where the bracket that opens at `start` closes; for number arrays, whose texts hold no brackets. */
function closing(bytes, start) {
  let depth = 0;
  for (let at = start; ; at++) {
    if (bytes[at] === 0x5B) depth++;
    else if (bytes[at] === 0x5D && --depth === 0) return at;
  }
}

/** The bytes between quotes of each text in the array that opens at `start`; what stands between texts. */
function textsOf(bytes, start) {
  const texts = [];
  let separator, close;
  for (let at = start + 1, end = at; ; at = end) {
    const open = bytes.indexOf('"', at);
    if (texts.length === 1) separator = bytes.subarray(end, open).toString();
    for (end = open + 1; bytes[end] !== 0x22; end++) if (bytes[end] === 0x5C) end++;
    texts.push(bytes.subarray(open + 1, end++));
    if (/^\s*\]/.test(bytes.subarray(end, end + 4).toString())) {
      close = bytes.indexOf(']', end);
      return {texts, separator, rest: bytes.subarray(end).toString(), end: close};
    }
  }
}

/** A file cut into its sections: their order, what stands before each, and the numbers in each. */
function dissect(bytes) {
  const sections = [];
  let at = bytes.indexOf('"nodes"');
  const header = bytes.subarray(0, at).toString();
  for (;;) {
    const open = bytes.indexOf('[', at), key = bytes.subarray(at, open + 1).toString();
    const name = /"(\w+)"/.exec(key)[1];
    if (name === 'strings') return {header, sections, stringsKey: key, ...textsOf(bytes, open)};
    const close = closing(bytes, open), text = bytes.subarray(open + 1, close).toString();
    const after = bytes.indexOf('"', close);
    sections.push({name, key, text, tail: bytes.subarray(close, after).toString()});
    at = after;
  }
}

/** The numbers of a flat section, its records' length being known, and how records are set apart. */
function rowsOf(text, length) {
  const numbers = JSON.parse(`[${text}]`);
  let commas = 0, end = 0;
  while (commas < length && end < text.length) if (text[end++] === ',') commas++;
  const newlineBefore = text.slice(0, end).includes('\n');
  return {numbers, separator: newlineBefore ? '\n,' : ',', last: text.endsWith('\n') ? '\n' : ''};
}

const joined = (rows, {separator, last}) => rows.map(row => row.join(',')).join(separator) + (rows.length ? last : '');

function mixed(id, seed) {
  let bits = Math.imul(id ^ seed, 0x9E3779B1);
  bits = Math.imul(bits ^ bits >>> 15, 0x85EBCA77);
  return (bits ^ bits >>> 13) >>> 0;
}

/** Which nodes stay: `true` by ordinal. */
function chosenNodes({count, id, edgesOf, tooLong, wanted, seed}) {
  const parent = new Int32Array(count).fill(-1), queue = [0];
  parent[0] = 0;
  for (const node of queue) {
    for (const to of edgesOf(node)) {
      if (parent[to] >= 0) continue;
      parent[to] = node;
      queue.push(to);
    }
  }
  const kept = new Uint8Array(count);
  let size = 1;
  kept[0] = 1;
  const keep = node => {
    const way = [];
    for (let at = node; !kept[at]; at = parent[at]) {
      if (tooLong(at) || way.length === LONGEST_WAY) return false;
      way.push(at);
      if (parent[at] < 0) break;
    }
    for (const at of way) kept[at] = 1;
    size += way.length;
    return true;
  };
  const order = Uint32Array.from({length: count}, (_, node) => node).sort((a, b) => mixed(id(a), seed) - mixed(id(b), seed));
  for (const start of order) {
    if (size >= wanted) break;
    if (!keep(start)) continue;
    const around = [start];
    for (const node of around) {
      if (around.length > NEIGHBOURS) break;
      for (const to of edgesOf(node)) {
        if (around.length > NEIGHBOURS) break;
        if (!kept[to] && keep(to)) around.push(to);
      }
    }
  }
  return kept;
}

function reduce(bytes, wanted, seed) {
  const file = dissect(bytes);
  const headerEnd = file.header.lastIndexOf('}');
  const {snapshot} = JSON.parse(`${file.header.slice(0, headerEnd + 1)}}`);
  const {meta} = snapshot;
  const section = Object.fromEntries(file.sections.map(part => [part.name, part]));
  const width = {
    nodes: meta.node_fields.length, edges: meta.edge_fields.length,
    trace_function_infos: meta.trace_function_info_fields?.length ?? 6, locations: meta.location_fields?.length ?? 4,
    scopes: meta.scope_fields?.length, scope_context_vars: 1, scope_uses: 2,
  };
  const nodes = rowsOf(section.nodes.text, width.nodes), edges = rowsOf(section.edges.text, width.edges);
  const field = name => meta.node_fields.indexOf(name), edgeField = name => meta.edge_fields.indexOf(name);
  const value = (node, name) => nodes.numbers[node * width.nodes + field(name)];
  const count = nodes.numbers.length / width.nodes;
  const firstEdge = new Uint32Array(count + 1);
  for (let node = 0; node < count; node++) firstEdge[node + 1] = firstEdge[node] + value(node, 'edge_count');
  const targetOf = edge => edges.numbers[edge * width.edges + edgeField('to_node')] / width.nodes;
  function* edgesOf(node) {
    for (let edge = firstEdge[node]; edge < firstEdge[node + 1]; edge++) yield targetOf(edge);
  }
  const kept = chosenNodes({
    count, wanted, seed, edgesOf,
    id: node => value(node, 'id'),
    tooLong: node => (file.texts[value(node, 'name')]?.length ?? 0) > LONGEST_TEXT,
  });

  const ordinal = new Int32Array(count).fill(-1);
  let next = 0;
  for (let node = 0; node < count; node++) if (kept[node]) ordinal[node] = next++;
  // Texts keep their order; first find out which are used.
  const used = new Set([0]), textKinds = new Set(['element', 'hidden'].map(kind => meta.edge_types[0].indexOf(kind)));
  const namedByText = edge => !textKinds.has(edges.numbers[edge * width.edges + edgeField('type')]);
  const keptEdges = [];
  for (let node = 0; node < count; node++) {
    if (!kept[node]) continue;
    used.add(value(node, 'name'));
    for (let edge = firstEdge[node]; edge < firstEdge[node + 1]; edge++) {
      if (!kept[targetOf(edge)]) continue;
      keptEdges.push([node, edge]);
      if (namedByText(edge)) used.add(edges.numbers[edge * width.edges + edgeField('name_or_index')]);
    }
  }
  const functions = rowsOf(section.trace_function_infos.text, width.trace_function_infos);
  for (let at = 0; at < functions.numbers.length; at += width.trace_function_infos) {
    used.add(functions.numbers[at + 1]).add(functions.numbers[at + 2]);
  }
  const scopes = keptScopes(section, width, used, node => kept[node / width.nodes]);
  const texts = [...used].sort((a, b) => a - b), textAt = new Map(texts.map((text, place) => [text, place]));

  // Now write.
  const edgeCounts = new Uint32Array(count);
  for (const [node] of keptEdges) edgeCounts[node]++;
  const row = (list, at, length, changes) => {
    const copy = list.slice(at * length, (at + 1) * length);
    for (const [place, changed] of changes) copy[place] = changed;
    return copy;
  };
  const moved = index => ordinal[index / width.nodes] * width.nodes;
  const written = {};
  written.nodes = joined([...kept.keys()].filter(node => kept[node]).map(node => row(nodes.numbers, node, width.nodes, [
    [field('name'), textAt.get(value(node, 'name'))], [field('edge_count'), edgeCounts[node]],
  ])), nodes);
  written.edges = joined(keptEdges.map(([, edge]) => {
    const copy = row(edges.numbers, edge, width.edges, []);
    copy[edgeField('to_node')] = ordinal[targetOf(edge)] * width.nodes;
    if (namedByText(edge)) copy[edgeField('name_or_index')] = textAt.get(copy[edgeField('name_or_index')]);
    return copy;
  }), edges);
  const slices = (list, length) => Array.from({length: list.length / length}, (_, at) => row(list, at, length, []));
  written.trace_function_infos = joined(slices(functions.numbers, width.trace_function_infos).map(copy => {
    copy[1] = textAt.get(copy[1]);
    copy[2] = textAt.get(copy[2]);
    return copy;
  }), functions);
  if (section.locations) {
    const locations = rowsOf(section.locations.text, width.locations);
    const indices = meta.location_fields.flatMap((name, place) => name.endsWith('object_index') ? [place] : []);
    written.locations = joined(slices(locations.numbers, width.locations).filter(copy => kept[copy[0] / width.nodes]).map(copy => {
      for (const place of indices) copy[place] = Math.max(moved(copy[place]), 0);
      return copy;
    }), locations);
  }
  if (scopes) {
    written.scopes = joined(scopes.scopes.map(([script, ...rest]) => [moved(script), ...rest]), scopes);
    written.scope_context_vars = joined(scopes.names.map(name => [textAt.get(name)]), scopes);
    written.scope_uses = joined(scopes.uses, scopes);
  }
  const header = file.header
    .replace(/"node_count":\d+/, () => `"node_count":${snapshot.node_count && next}`)
    .replace(/"edge_count":\d+/, () => `"edge_count":${snapshot.edge_count && keptEdges.length}`);
  const parts = [Buffer.from(header)];
  for (const {name, key, text, tail} of file.sections) parts.push(Buffer.from(key + (written[name] ?? text) + tail));
  parts.push(Buffer.from(file.stringsKey));
  texts.forEach((text, place) => {
    parts.push(Buffer.from(place ? file.separator : ''), Buffer.from('"'), file.texts[text], Buffer.from('"'));
  });
  parts.push(Buffer.from(file.rest));
  return {bytes: Buffer.concat(parts), nodes: next, edges: keptEdges.length, texts: texts.length};
}

/** The scopes of scripts that are kept, with their variables and uses; names are counted as used. */
function keptScopes(section, width, used, isKept) {
  if (!section.scopes) return null;
  const list = rowsOf(section.scopes.text, width.scopes);
  const names = JSON.parse(`[${section.scope_context_vars.text}]`), uses = JSON.parse(`[${section.scope_uses.text}]`);
  const kept = {scopes: [], names: [], uses: [], separator: list.separator, last: list.last};
  let name = 0, use = 0;
  for (let at = 0; at < list.numbers.length; at += width.scopes) {
    const scope = list.numbers.slice(at, at + width.scopes), [script, , , nameCount, useCount] = scope;
    if (isKept(script)) {
      kept.scopes.push(scope);
      for (let turn = 0; turn < nameCount; turn++) {
        kept.names.push(names[name + turn]);
        used.add(names[name + turn]);
      }
      for (let turn = 0; turn < useCount; turn++) kept.uses.push(uses.slice(use + turn * 2, use + turn * 2 + 2));
    }
    name += nameCount;
    use += useCount * 2;
  }
  return kept;
}

const [source, out, wanted = '12000', seed = '1'] = process.argv.slice(2);
if (!out) {
  console.error('usage: node reduce.mjs IN OUT [NODES] [SEED]');
  process.exit(2);
}
const reduced = reduce(readFileSync(source), Number(wanted), Number(seed));
writeFileSync(out, reduced.bytes);
console.log(`${out}: ${reduced.nodes} nodes, ${reduced.edges} edges, ${reduced.texts} texts, ${reduced.bytes.length} bytes`);
