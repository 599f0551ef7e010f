// How answers are spelled: one JSON object, keys in order, one element of a top-level array a line,
// so that two answers can be compared with `diff`.

const inOrder = object => Object.fromEntries(Object.keys(object).sort().map(key => [key, object[key]]));
const isObject = value => value !== null && typeof value === 'object' && !Array.isArray(value);
const spelled = value => JSON.stringify(value, (_, inner) => isObject(inner) ? inOrder(inner) : inner);

/** The text of an answer. */
export function answerText(answer) {
  const parts = Object.keys(answer).filter(key => answer[key] !== undefined).sort().map(key => {
    const value = answer[key];
    const text = Array.isArray(value) && value.length ? `[\n${value.map(spelled).join(',\n')}\n]` : spelled(value);
    return `\n${JSON.stringify(key)}: ${text}`;
  });
  return `{${parts.join(',')}\n}\n`;
}
