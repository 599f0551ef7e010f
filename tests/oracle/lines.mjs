// Long lists in golden answers: as lines of text, of which the first ones are kept, so that a failing test can
// show what differs, and a hash of all. The tests write the same lines.

import {createHash} from 'node:crypto';

/** Lines of a list that are kept. */
const SHOWN = 8;

/** Values side by side. Texts with halves of letters have no UTF-8: U+FFFD stands for these, as in Heaplens. */
export const line = (...values) => values.map(value => String(value).toWellFormed()).join('\t');

/** A list as it is kept. */
export function listed(lines) {
  const sha256 = createHash('sha256').update(lines.map(text => `${text}\n`).join('')).digest('hex');
  return {count: lines.length, sha256, first: lines.slice(0, SHOWN)};
}
