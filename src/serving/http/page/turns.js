/**
 * Limits how many tasks run at a time; the others wait in order of arrival.
 * @param {number} atOnce
 * @returns {<Result>(work: () => Promise<Result>) => Promise<Result>}
 */
export function takeTurns(atOnce) {
  let running = 0;
  /** @type {(() => void)[]} */
  const waiting = [];
  return async (work) => {
    if (running >= atOnce) await new Promise((resolve) => waiting.push(() => resolve(undefined)));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
