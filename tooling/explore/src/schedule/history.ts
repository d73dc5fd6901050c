/**
 * A hash of everything that a process was told so far. The engine is a function of what it is told, so two schedules in
 * which every process has the same history, over the same store and service, have the same future.
 */
export interface History {
  add(text: string): void;
  /** Returns 64 bits as text. Two different histories share them with a probability that is negligible here. */
  value(): string;
}

export function createHistory(): History {
  let one = 0x811c9dc5;
  let two = 0x9747b28c;
  return {
    add(text) {
      for (let index = 0; index < text.length; index += 1) {
        const code = text.charCodeAt(index);
        one = Math.imul(one ^ code, 0x01000193);
        two = Math.imul(two ^ code, 0x5bd1e995);
        two ^= two >>> 13;
      }
      one = Math.imul(one ^ 0x0a, 0x01000193);
    },
    value: () => `${(one >>> 0).toString(36)}.${(two >>> 0).toString(36)}`,
  };
}
