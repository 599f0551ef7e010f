// Brings Chrome DevTools' heap snapshot code into Node: bundles it once, opens snapshots with it.
// The code itself comes from the pinned npm package chrome-devtools-frontend; none of it stands here.

import {existsSync, mkdirSync, readFileSync, renameSync} from 'node:fs';
import {open} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {MessageChannel} from 'node:worker_threads';

const HERE = dirname(fileURLToPath(import.meta.url));

/** DevTools reads files in pieces of this many bytes. */
const PIECE = 10_000_000;

// ES2024, used by DevTools, missing in Node 20.
Promise.withResolvers ??= function() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, {resolve, reject}));
  return made;
};

/** What is bundled: the worker's classes, and the shapes of questions asked of it. */
const ENTRY = `
  export {HeapSnapshotLoader} from './entrypoints/heap_snapshot_worker/HeapSnapshotLoader.ts';
  export {SecondaryInitManager} from './entrypoints/heap_snapshot_worker/HeapSnapshot.ts';
  export {ComparatorConfig, NodeFilter, SearchConfig} from './models/heap_snapshot/HeapSnapshotModel.ts';
`;

/** The build of DevTools makes this module; the npm package lacks it. */
const LOCALES = `
  export const LOCALES = ['en-US'], BUNDLED_LOCALES = LOCALES, DEFAULT_LOCALE = 'en-US';
  export const REMOTE_FETCH_PATTERN = '', LOCAL_FETCH_PATTERN = '';
`;

async function bundle() {
  const {dependencies} = JSON.parse(readFileSync(join(HERE, 'package.json'), 'utf8'));
  const cache = join(HERE, 'node_modules', '.cache');
  const bundled = join(cache, `devtools-${dependencies['chrome-devtools-frontend']}.mjs`);
  if (existsSync(bundled)) return bundled;
  const esbuild = await import('esbuild');
  const {outputFiles: [output]} = await esbuild.build({
    stdin: {
      contents: ENTRY,
      loader: 'ts',
      resolveDir: join(HERE, 'node_modules', 'chrome-devtools-frontend', 'front_end'),
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    write: false,
    logLevel: 'error',
    plugins: [{
      name: 'made-modules',
      setup({onResolve, onLoad}) {
        onResolve({filter: /\/locales\.js$/}, ({path}) => ({path, namespace: 'made'}));
        onLoad({filter: /./, namespace: 'made'}, () => ({contents: LOCALES}));
      },
    }],
  });
  mkdirSync(cache, {recursive: true});
  // Two first runs may race: each writes its own file, the last one to finish names it.
  const draft = `${bundled}.${process.pid}`;
  const file = await open(draft, 'w');
  await file.write(output.contents);
  await file.close();
  renameSync(draft, bundled);
  return bundled;
}

// DevTools lists what the root does not reach on the console: no part of any answer.
console.warn = () => {};

/** DevTools' classes that the questions need. */
export const devtools = await import(pathToFileURL(await bundle()));

/**
 * Opens a snapshot as DevTools does, and computes all that it computes on opening.
 *
 * DevTools shares the work between two workers that talk through a port. Here both live on this
 * thread: their results do not depend on who runs when.
 */
export async function openSnapshot(path) {
  const loader = new devtools.HeapSnapshotLoader({sendEvent: () => {}});
  const text = new TextDecoder();
  const file = await open(path);
  try {
    const piece = Buffer.allocUnsafe(PIECE);
    for (;;) {
      const {bytesRead} = await file.read(piece, 0, PIECE);
      if (bytesRead === 0) break;
      loader.write(text.decode(piece.subarray(0, bytesRead), {stream: true}));
      await new Promise(setImmediate);  // lets the loader take the piece before the next one comes
    }
    loader.write(text.decode());
  } finally {
    await file.close();
  }
  loader.close();
  await loader.parsingComplete;
  const {port1, port2} = new MessageChannel();
  const second = new devtools.SecondaryInitManager(port2);
  try {
    return await loader.buildSnapshot(port1);
  } finally {
    port1.close();
    void second;
  }
}
