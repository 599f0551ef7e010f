// Recordings of allocations for the random heaps of adversarial.mjs: functions, the tree of their calls, samples.
// Recursion, calls that allocated nothing, functions that two ways lead to, traces that no call has, times and
// ids that repeat, ids beyond the last sample.

const FUNCTIONS = ['(root)', 'render', 'onClick', '', 'get total', 'Ünïcode', '\u{1F6D2}', 'render', 'new Order', 'a\nb'];
const SCRIPTS = ['', '/app/cart.js', 'https://shop.example/ü.js', 'node:internal/x'];

/** Adds a recording to a heap; nodes get traces, most of them of calls that are in the tree. */
export function addRecording(heap, d) {
  const functions = FUNCTIONS.map((name, row) => ({
    function_id: row ? 3 + 2 * row : 0,
    name, script_name: d.of(SCRIPTS), script_id: d.below(4), line: d.below(90), column: d.below(40),
  }));
  const calls = {next: 1, d, functions: functions.length};
  const root = call(calls, 0);
  for (let turn = d.below(60) + 5, at = root; turn > 0; turn--) {
    at = d.chance(0.4) ? root : at;
    const below = d.chance(0.3) && at.children.length ? d.of(at.children) : call(calls, 1 + d.below(functions.length - 1));
    if (!at.children.includes(below)) at.children.push(below);
    at = below;
  }
  // Recursion, deeper than anything else.
  for (let depth = d.below(200), at = root; depth > 0; depth--) at = at.children[at.children.push(call(calls, 1 + d.below(2))) - 1];
  for (const node of heap.nodes) node.trace = d.chance(0.3) ? 0 : d.below(calls.next + 3);

  const samples = [];
  const last = Math.max(...heap.nodes.map(({id}) => id));
  let time = 0, id = 0;
  for (let count = d.below(40); count > 0; count--) {
    samples.push({timestamp_us: time, last_assigned_id: id});
    time += d.chance(0.2) ? 0 : d.below(300_000);
    id += d.chance(0.2) ? 0 : d.below(Math.ceil(last / 20));
  }
  if (d.chance(0.1) && samples.length > 3) d.shuffle(samples);
  heap.recording = {functions, root, samples: d.chance(0.9) ? samples : [], isShuffled: d.chance(0.3), d};
}

function call(calls, fn) {
  const {d} = calls;
  const count = d.chance(0.3) ? 0 : 1 + d.below(9);
  return {id: calls.next++, function_info_index: fn, count, size: count * 8 * d.below(20), children: []};
}

const FIELDS = {
  functions: ['function_id', 'name', 'script_name', 'script_id', 'line', 'column'],
  tree: ['id', 'function_info_index', 'count', 'size'],
  samples: ['timestamp_us', 'last_assigned_id'],
};

/** What stands in the header and in the sections; `text` gives the number of a text. */
export function writtenRecording(recording, text) {
  const layout = {functions: [...FIELDS.functions], tree: [...FIELDS.tree], samples: [...FIELDS.samples]};
  if (recording?.isShuffled) for (const fields of Object.values(layout)) recording.d.shuffle(fields);
  const values = (fields, record) => fields.map(field => typeof record[field] === 'string' ? text(record[field]) : record[field]);
  const call = node => `${values(layout.tree, node)},[${node.children.map(call).join(recording.isShuffled ? ',\n ' : ',')}]`;
  return {
    header: {
      trace_function_info_fields: layout.functions,
      trace_node_fields: [...layout.tree, 'children'],
      sample_fields: layout.samples,
    },
    functionCount: recording?.functions.length ?? 0,
    functions: (recording?.functions ?? []).map(record => values(layout.functions, record)),
    tree: recording ? `[${call(recording.root)}]` : '[]',
    samples: (recording?.samples ?? []).map(record => values(layout.samples, record)),
  };
}
