#!/usr/bin/env node
// The command line: asks DevTools one question about a snapshot, prints the answer as JSON.

import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {answerText} from './answer.mjs';

const USAGE = `usage: node oracle.mjs QUESTION FILE [ARGUMENT] [options]

  stats FILE [--names]                       counts, totals, hashes of all columns (and of the names)
  dump FILE --out DIR                        all columns as raw little-endian files
  summary FILE [--ids]                       the Summary
  filter FILE NAME [--ids]                   the same under a named filter
  range FILE --min ID --max ID [--ids]       the same for min < id <= max
  diff BASE TARGET [--ids]                   the Comparison
  statistics FILE                            bytes by kind
  interfaces FILE                            inferred interfaces of plain objects
  nodes FILE [--sample N --seed S | --id A,B,… | --all] [--limit ROWS]
  class FILE KEY [--sort retainedSize|selfSize|distance|name] [--limit ROWS]
  containment FILE [--id ID] [--limit ROWS]
  retainers FILE --id ID [--ignore A,B,…] [--limit ROWS]
  dominators FILE --id ID
  paths FILE --id ID [--depth N --nodes N --siblings N]
  strings FILE [--ids]                       strings with equal content
  search FILE QUERY [--case] [--regex]
  query FILE JSON                            such as '{"className": "^User$", "minRetainedSize": 1000, "sortBy": "id"}'
  locations FILE [--limit ROWS]
  allocations FILE [--depth LEVELS]          functions that allocated, and their callers
  samples FILE                               the bars of an allocation timeline
  contexts FILE                              realms

Files beyond some 300 MB: node --max-old-space-size=8000 oracle.mjs …`;

const number = text => text === undefined ? undefined : Number(text);
const list = text => text?.split(',').filter(Boolean);

/** By question: how many arguments stand behind the file, and how it is answered. */
const QUESTIONS = {
  stats: [0, (q, s, o) => q.stats(s, o)],
  dump: [0, (q, s, o) => writeColumns(q.columns(s), q.bytesOf, s.nodeCount, o.out)],
  summary: [0, (q, s, o) => q.summary(s, o)],
  filter: [1, (q, s, o, name) => q.summary(s, {...o, filter: {filterName: name}})],
  range: [0, (q, s, o) => q.summary(s, {...o, filter: {minNodeId: number(o.min), maxNodeId: number(o.max)}})],
  diff: [1, async (q, s, o, target) => q.diff(s, await o.open(target), o)],
  statistics: [0, (q, s) => q.statistics(s)],
  interfaces: [0, (q, s) => q.interfaces(s)],
  nodes: [0, (q, s, o) => q.nodes(s, {...o, ids: list(o.id), sample: number(o.sample), seed: number(o.seed)})],
  class: [1, (q, s, o, key) => q.instances(s, key, o)],
  containment: [0, (q, s, o) => q.containment(s, o)],
  retainers: [0, (q, s, o) => q.retainers(s, {...o, ignore: list(o.ignore)})],
  dominators: [0, (q, s, o) => q.dominators(s, o.id)],
  paths: [0, (q, s, o) =>
    q.paths(s, o.id, {depth: number(o.depth), nodes: number(o.nodes), siblings: number(o.siblings)})],
  strings: [0, (q, s, o) => q.strings(s, o)],
  search: [1, (q, s, o, query) => q.search(s, query, o)],
  query: [1, (q, s, o, json) => q.query(s, JSON.parse(json))],
  allocations: [0, (q, s, o) => q.allocations(s, {levels: number(o.depth)})],
  samples: [0, (q, s) => q.samples(s)],
  locations: [0, (q, s, o) => q.locations(s, o)],
  contexts: [0, (q, s) => q.contexts(s)],
};

function writeColumns({arrays, classes}, bytesOf, nodeCount, directory) {
  if (!directory) throw new TypeError('dump needs --out DIR');
  mkdirSync(directory, {recursive: true});
  for (const [name, array] of Object.entries(arrays)) writeFileSync(join(directory, name), bytesOf(array));
  const lines = classes.map(key => JSON.stringify(key)).join(',\n');
  writeFileSync(join(directory, 'classes.json'), `[\n${lines}\n]\n`);
  return {nodeCount, files: [...Object.keys(arrays), 'classes.json']};
}

function commandLine() {
  const text = {type: 'string'}, flag = {type: 'boolean'};
  const {positionals: [question, file, ...rest], values} = parseArgs({
    allowPositionals: true,
    options: {
      out: text, min: text, max: text, id: text, sample: text, seed: text, limit: text, sort: text,
      ignore: text, depth: text, nodes: text, siblings: text,
      names: flag, ids: flag, all: flag, case: flag, regex: flag, help: flag,
    },
  });
  if (values.help) return {help: true};
  const [wanted, answer] = QUESTIONS[question] ?? [];
  if (!answer || !file || rest.length !== wanted) throw new TypeError('no such question');
  return {answer, file, rest, options: {...values, limit: number(values.limit)}};
}

let asked;
try {
  asked = commandLine();
} catch (error) {
  console.error(`${error.message}\n\n${USAGE}`);
  process.exit(2);
}
if (asked.help) {
  console.log(USAGE);
  process.exit(0);
}
try {
  const questions = await import('./questions.mjs'), {openSnapshot} = await import('./devtools.mjs');
  const snapshot = await openSnapshot(asked.file);
  const answer = await asked.answer(questions, snapshot, {...asked.options, open: openSnapshot}, ...asked.rest);
  process.stdout.write(answerText(answer));
} catch (error) {
  console.error(error.stack ?? error);
  process.exitCode = 1;
}
