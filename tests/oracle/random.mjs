// A seeded stream of random numbers, the same everywhere.

/** A well-known small generator (mulberry32): numbers from 0 up to 1, the same ones for the same seed. */
export function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = state + 0x6D2B79F5 | 0;
    let mixed = Math.imul(state ^ state >>> 15, state | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
}
