// What programs leave on a heap, for the random heaps of adversarial.mjs: scripts with scopes, contexts
// and closures, realms, event listeners, console messages, detached trees, equal strings. All of it hangs
// together as in real heaps, with some threads cut and some crossed.

const VARIABLES = ['cart', 'orders', 'self', 'é', 'i', 'total', '__proto__', 'x'.repeat(40), '', '\u{1F6D2}'];
const FUNCTIONS = ['render', 'onClick', '', 'get total', 'Ünïcode'];
const TEXTS = [
  'order', 'user-1', 'user-1', 'ÄÖ', '\u{1F600}', '\uD83D', 'two\nlines', 'a', '1',
  'cut '.repeat(256), 'cut '.repeat(256), 'long '.repeat(204), 'long'.repeat(255) + 'end', 'more '.repeat(300),
  '\uF600'.repeat(20) + 'm'.repeat(990),
];

/** Adds programs to a heap; `targets` are nodes that theirs refer to and are held by. */
export function addPrograms(heap, d, targets) {
  const holders = targets.filter(({kind}) => ['object', 'closure', 'array'].includes(kind));
  const world = {
    heap, d, targets, holders: holders.length ? holders : [heap.nodes[0]], values: new Map(), contexts: [], closures: [],
  };
  const realms = addRealms(world);
  addScripts(world);
  addListeners(world);
  addConsole(world);
  addDetachedTrees(world);
  addStrings(world);
  for (const node of [...world.contexts, ...world.closures]) {
    if (realms.length && d.chance(0.6)) heap.link(node, 'internal', 'map', d.of(realms));
  }
}

/** A node that something of the heap holds. */
function held({heap, d, holders}, kind, name, size = 8 * d.below(20)) {
  const node = heap.add(kind, name, size);
  const [from, how] = [d.of(holders), d.of(['property', 'property', 'internal', 'weak', 'context'])];
  heap.link(from, how, d.of(['listener', 'next', 'items', '1']), node);
  if (d.chance(0.05)) heap.link(heap.nodes[0], 'element', d.below(9), node);
  return node;
}

/** Some objects below a node; others know some of them, too. */
function burden({heap, d, holders, targets}, node) {
  let from = node;
  for (let depth = d.below(4); depth > 0; depth--) {
    const below = heap.add('object', d.of(['Object', 'Order', 'Cart']), 8 * (1 + d.below(9)));
    heap.link(from, 'property', d.of(['value', 'next', 'code']), below);
    if (d.chance(0.2)) heap.link(d.of(holders), d.of(['property', 'weak']), 'also', below);
    if (d.chance(0.2)) heap.link(below, 'property', 'back', d.of(targets));
    from = below;
  }
}

/** The node for a number or a truth value, which all that have it share. */
function valueNode({heap, d, values}, kind, text) {
  const key = `${kind} ${text}`;
  if (!values.has(key) || d.chance(0.02)) {
    const node = heap.add('number', kind, 0);
    heap.link(node, 'internal', 'value', heap.add('string', text, d.chance(0.1) ? 16 : 0));
    values.set(key, node);
  }
  return values.get(key);
}

// ------------------------------------------------------------------------------------ scripts

/** Two to four scripts. Those with scopes have a tree of them in the tables, as the newest V8 writes it. */
function addScripts(world) {
  const {heap, d} = world;
  heap.scopes = d.chance(0.85) ? [] : undefined;
  for (let count = 2 + d.below(3); count > 0; count--) {
    const named = d.of(['system / Script / https://shop.example/cart.js', 'system / Script', 'system / Script / ']);
    const script = held(world, d.of(['code', 'hidden']), named);
    if (d.chance(0.6)) heap.link(script, 'internal', 'source_url', heap.add('string', 'https://shop.example/late.js', 24));
    addScopes(world, script, d.chance(0.8));
  }
}

function addScopes(world, script, known) {
  const {heap, d} = world;
  const scopes = [];
  for (let count = 1 + d.below(25); count > 0; count--) {
    const parent = scopes.length && d.chance(0.9) ? d.of(scopes.slice(-4)) : undefined;
    scopes.push(newScope(world, script, scopes.length, parent));
  }
  scopes.forEach(scope => addUses(world, scope, scopes));
  for (const scope of inFileOrder(scopes)) {
    describe(world, script, scope);
    addContexts(world, scope);
    addClosures(world, script, scope);
    if (known) heap.scopes?.push({script, ...scope.row});
  }
}

function newScope({d}, script, number, parent) {
  // A script's own scope has the id -2, which DevTools reads as 2; ids may be given twice.
  const id = number === 0 && d.chance(0.7) ? -2 : d.chance(0.05) ? 2 : 3 + number + (d.chance(0.05) ? -1 : 0);
  const variables = Array.from({length: d.chance(0.3) ? 0 : d.below(5)}, () => d.of(VARIABLES));
  const row = {id, depth: parent ? parent.row.depth + 1 : 0, variables, uses: []};
  return {row, parent, children: [], contexts: [], number};
}

/** Parents before children, and each subtree in one piece: depths say which lies in which. */
function inFileOrder(scopes) {
  scopes.forEach(scope => scope.parent?.children.push(scope));
  const order = [];
  const visit = scope => {
    order.push(scope);
    scope.children.forEach(visit);
  };
  scopes.filter(({parent}) => !parent).forEach(visit);
  return order;
}

/** Code reads variables of the scopes around it; some names nobody declares. */
function addUses({d}, scope, scopes) {
  for (let around = scope; around; around = around.parent) {
    around.row.variables.forEach((_, slot) => {
      if (d.chance(0.3)) scope.row.uses.push([around.row.id, slot]);
    });
  }
  if (d.chance(0.1)) scope.row.uses.push([d.of(scopes).row.id, d.below(7)], [999, 0]);
}

/** V8's own structures for a scope, some of them missing. */
function describe(world, script, scope) {
  const {heap, d} = world;
  const {id} = scope.row;
  scope.info = heap.add('hidden', 'system / ScopeInfo', 16);
  if (d.chance(0.95)) heap.link(scope.info, 'internal', 'scope_id', valueNode(world, 'int', String(id)));
  if (d.chance(0.8)) heap.link(scope.info, 'internal', 'start_position', valueNode(world, 'int', String(10 * scope.number)));
  if (d.chance(0.8)) heap.link(scope.info, 'internal', 'end_position', valueNode(world, 'int', String(10 * scope.number + 9)));
  if (d.chance(0.5)) heap.link(scope.info, 'internal', 'function_name', heap.add('string', d.of(FUNCTIONS), 16));
  const outer = d.chance(0.03) ? scope : scope.parent;
  if (outer && d.chance(0.95)) heap.link(scope.info, 'internal', 'outer_scope_info', outer.info);
  if (d.chance(0.6)) {
    scope.shared = heap.add('code', d.of(['system / SharedFunctionInfo', 'system / SharedFunctionInfo / render']), 32);
    heap.link(scope.shared, 'internal', 'name_or_scope_info', scope.info);
    if (d.chance(0.95)) heap.link(scope.shared, 'internal', 'script', script);
    if (d.chance(0.95)) heap.link(scope.shared, 'internal', 'scope_id', valueNode(world, 'int', String(id)));
  }
}

function addContexts(world, scope) {
  const {heap, d} = world;
  for (let count = d.below(5); count > 0; count--) {
    const context = d.chance(0.3) ? held(world, 'object', 'system / Context') :
                                    heap.add('object', d.of(['system / Context', 'system / Context / render']), 32);
    if (d.chance(0.95)) heap.link(context, 'internal', 'scope_info', scope.info);
    const around = scope.parent?.contexts ?? world.contexts;
    if (around.length && d.chance(0.95)) heap.link(context, 'internal', 'previous', d.of(around));
    for (const name of scope.row.variables) {
      const value = heap.add('object', d.of(['Order', 'Cart', 'Array']), 8 * d.below(30));
      heap.link(context, 'context', d.chance(0.95) ? name : 'stranger', d.chance(0.1) ? d.of(world.targets) : value);
      burden(world, value);
    }
    scope.contexts.push(context);
    world.contexts.push(context);
  }
  const [first, last] = [scope.contexts.at(0), scope.contexts.at(-1)];
  if (first !== last && d.chance(0.05)) heap.link(first, 'internal', 'previous', last);  // may close a ring
}

function addClosures(world, script, scope) {
  const {heap, d} = world;
  for (let count = scope.shared ? d.below(4) : 0; count > 0; count--) {
    const closure = d.chance(0.7) ? held(world, 'closure', d.of(FUNCTIONS), 64) : heap.add('closure', d.of(FUNCTIONS), 64);
    const contexts = scope.contexts.length && d.chance(0.3) ? scope.contexts : scope.parent?.contexts ?? [];
    heap.link(closure, 'internal', 'shared', scope.shared);
    if (contexts.length) heap.link(closure, 'internal', 'context', d.of(contexts));
    if (d.chance(0.7)) heap.link(closure, 'internal', 'code', scope.shared);
    world.closures.push(closure);
  }
}

// ------------------------------------------------------------- realms, listeners, console, page

/** Native contexts, each with the map of its maps. Returns maps that objects may have. */
function addRealms(world) {
  const {heap, d, targets} = world;
  const maps = [];
  for (let count = d.below(4); count > 0; count--) {
    const name = d.of(['system / NativeContext / https://shop.example', 'system / NativeContext', 'system / NativeContext / ']);
    const context = held(world, d.of(['hidden', 'object', 'native']), name, 64);
    if (d.chance(0.2)) context.detachedness = 2;
    const [metaMap, map] = ['system / Map', 'system / Map'].map(title => heap.add('object shape', title, 40));
    heap.link(metaMap, 'internal', 'map', metaMap);
    heap.link(metaMap, 'internal', 'native_context', d.chance(0.9) ? context : d.of(targets));
    heap.link(map, 'internal', 'map', metaMap);
    for (let objects = d.below(12); objects > 0; objects--) {
      const object = held(world, 'object', 'Order');
      heap.link(object, 'internal', 'map', map);
      burden(world, object);
    }
    maps.push(map);
  }
  return maps;
}

/** Listeners of functions, of wrapped functions, and of what is no function. */
function addListeners(world) {
  const {heap, d, closures} = world;
  for (let count = d.below(8); count > 0; count--) {
    const listener = held(world, 'native', 'V8EventListener', 24);
    const wraps = d.chance(0.4);
    const callback = wraps || !closures.length ? heap.add('object', 'EventRegistration', 32) : d.of(closures);
    if (wraps) burden(world, callback);
    if (wraps && closures.length && d.chance(0.7)) heap.link(callback, 'property', 'handler', d.of(closures));
    const [how, name] = d.of([['element', 1], ['internal', '1'], ['shortcut', '1'], ['shortcut', '1st'], ['internal', '2']]);
    heap.link(listener, how, name, callback);
    burden(world, callback);
  }
}

/** What was logged hangs on edges that say so. */
function addConsole(world) {
  const {heap, d} = world;
  const handles = heap.add('synthetic', '(Global handles)', 0);
  heap.link(heap.nodes[0], 'element', 3, handles);
  for (let count = d.below(6); count > 0; count--) {
    const logged = d.chance(0.5) ? held(world, 'object', 'Logged', 40) : heap.add('object', 'Logged', 40);
    const name = d.of(['Window / DevTools console', 'Window / https://shop.example / DevTools console', '12 / DevTools console',
      'Window / DevTools consoles']);
    heap.link(d.chance(0.9) ? handles : d.of(world.holders), d.of(['internal', 'shortcut', 'property']), name, logged);
    burden(world, logged);
  }
}

function addDetachedTrees(world) {
  const {heap, d} = world;
  for (let count = d.below(4); count > 0; count--) {
    let node = held(world, 'native', '<tr class="row">', 96);
    node.detachedness = 2;
    for (let depth = d.below(4); depth > 0; depth--) {
      const child = heap.add('native', d.of(['<td>', 'InternalNode', '<a href="#">']), 48);
      heap.link(node, d.of(['internal', 'element']), d.chance(0.5) ? 'child' : 1, child);
      burden(world, child);
      node = child;
    }
    for (const edge of node.edges) if (edge.kind === 'element' && typeof edge.name !== 'number') edge.name = 1;
  }
}

// ------------------------------------------------------------------------------------ strings

/** Strings and ropes with few texts, some with what the newest V8 notes about strings. */
function addStrings(world) {
  const {heap, d} = world;
  const notes = d.chance(0.5);
  const strings = [];
  for (let count = 10 + d.below(30); count > 0; count--) {
    const text = d.of(TEXTS);
    const node = held(world, 'string', text, d.chance(0.1) ? 0 : 16 + text.length);
    if (notes) note(world, node, text);
    strings.push(node);
  }
  const [user, one, empty] = ['user', '-1', ''].map(text => held(world, 'string', text, 16));
  for (let count = d.below(12); count > 0; count--) {
    const rope = held(world, 'concatenated string', '(concatenated string)', 32);
    const parts = d.of([[user, one], [user, one], [d.of(strings), d.of(strings)], [d.of(strings), empty], [empty, one]]);
    ['first', 'second'].forEach((name, part) => heap.link(rope, 'internal', name, parts[part]));
    if (notes && d.chance(0.5)) note(world, rope, 'x'.repeat(d.below(2000)));
    strings.push(rope);
  }
}

function note(world, node, text) {
  const {heap, d} = world;
  const number = value => valueNode(world, 'int', String(value));
  const isCut = text.length >= 1024 && d.chance(0.8);
  if (d.chance(0.9)) heap.link(node, 'internal', 'length', number(text.length + (isCut ? d.below(2) : 0)));
  if (isCut || d.chance(0.1)) heap.link(node, 'internal', 'truncated', valueNode(world, 'bool', String(isCut || d.chance(0.2))));
  if (isCut && d.chance(0.8)) heap.link(node, 'internal', 'hash', number(d.of([0, '-0', 77, 78])));
}
