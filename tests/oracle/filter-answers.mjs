// The golden answers about filters, bytes by kind, equal strings, realms and contexts: `NAME.filters.json`.
// Long lists are given as lines of text: the first ones, so that a failing test can show what differs, and
// a hash of all. tests/it/filter_goldens.rs writes the same lines.

import {createHash} from 'node:crypto';
import * as ask from './questions.mjs';

/** Lines of a list that are kept. */
const SHOWN = 12;
/** Realms whose Summary is asked for. */
const REALMS = 3;

const HELD = ['DetachedDomNodes', 'Console', 'EventHandlers', 'Contexts'].map(holder => `objectsRetainedBy${holder}`);

/** Texts with halves of letters have no UTF-8: U+FFFD stands for these, as in Heaplens. */
const line = (...values) => values.map(value => String(value).toWellFormed()).join('\t');

function listed(lines) {
  const sha256 = createHash('sha256').update(lines.map(text => `${text}\n`).join('')).digest('hex');
  return {count: lines.length, sha256, first: lines.slice(0, SHOWN)};
}

function filtered(snapshot, filter) {
  const rows = ask.summary(snapshot, {filter}).classes.map(({key, name, count, distance, self, maxRet}) =>
    line(key, name, count, distance, self, maxRet));
  return listed(rows.sort(ask.byText));
}

/** `[name, [numbers], lines]` of each filter; a realm is named by its id. */
function filters(snapshot, realms) {
  const named = ['duplicatedStrings', ...HELD, 'sharedNativeContext', 'noNativeContext'].map(filterName =>
    [filterName, [], {filterName}]);
  const ofRealms = realms.slice(0, REALMS).map(({nodeIndex, nodeId}) =>
    ['nativeContext', [nodeId], {filterName: `nativeContext_${nodeIndex}`}]);
  const last = snapshot.maxJsNodeId(), third = Math.floor(last / 3);
  const ranges = [[0, third], [third, 2 * third], [2 * third, last]].map(([minNodeId, maxNodeId]) =>
    ['ids', [minNodeId, maxNodeId], {minNodeId, maxNodeId}]);
  return [...named, ...ofRealms, ...ranges].map(([name, numbers, filter]) => [name, numbers, filtered(snapshot, filter)]);
}

function equalStrings(snapshot) {
  return listed(ask.strings(snapshot, {ids: true}).groups.map(group => line(
      group.value, group.count, group.totalSelfSize, group.totalRetainedSize,
      group.truncated ? `${group.length} ${group.hash}` : 'whole', group.ids.join(' '))));
}

/** One line for each variable that nobody can read any more. */
function deadVariables({scopes}) {
  return listed(scopes.flatMap(scope => scope.contexts.flatMap(context => context.deadFields.map(field => line(
      scope.scopeInfoNodeId, scope.scriptNodeId, scope.scriptName, scope.scopeName ?? 'none', scope.scopeStart,
      scope.scopeEnd, scope.contextFieldCount, context.contextNodeId, context.retainedSize,
      context.deadFieldsRetainedSizeSum, field.name, field.valueNodeId, field.valueName, field.valueType,
      field.selfSize, field.retainedSize)))));
}

/** All that `NAME.filters.json` holds. */
export function filterAnswers(snapshot) {
  const {analysis, nativeContextSizes: realms, retainedByContextSummary: byContexts} = ask.contexts(snapshot);
  const {total, slices} = ask.statistics(snapshot);
  return {
    statistics: {total, ...slices},
    filters: filters(snapshot, realms.nativeContexts),
    strings: equalStrings(snapshot),
    realms: listed([
      ...realms.nativeContexts.map(realm =>
        line(realm.nodeId, realm.nodeName, realm.attributedSize, realm.retainedSize, realm.selfSize)),
      line('shared', realms.sharedSize), line('none', realms.noAttributionSize),
    ]),
    deadVariables: deadVariables(analysis),
    scriptsWithoutScopes: analysis.scriptsWithoutScopes.map(script =>
      line(script.scriptNodeId, script.scriptName, script.contextCount)),
    retainedByContexts: [
      byContexts.contextCount, byContexts.retainedByContextCount, byContexts.retainedByContextSize,
      byContexts.notRetainedByContextCount, byContexts.notRetainedByContextSize,
    ],
  };
}
