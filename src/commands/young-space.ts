import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/** Of both halves together. V8 itself would let them grow to twice as much. */
const BYTES_MAX = 16 * 2 ** 20;
const CHECK_MS = 100;

/**
 * Bounds what V8 keeps for new objects: it doubles that space whenever much of it outlives a collection, as what a start
 * makes does, and never gives it back. So it does not grow while the program starts, and then as far as pays: with twice as
 * much SIP takes no less time. V8 reads what the space grows by each time, and the largest size only where a process begins.
 * Gives a function to call when all is done: code that is compiled under other flags is not taken again.
 */
export function boundYoungSpace(): () => void {
  setGrowth(1);
  const timer = setInterval(() => {
    const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
    const mayGrow = space !== undefined && 2 * space.space_size <= BYTES_MAX;
    setGrowth(mayGrow ? 2 : 1);
    if (!mayGrow) clearInterval(timer);
  }, CHECK_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    setGrowth(1);
  };
}

function setGrowth(factor: number): void {
  setFlagsFromString(`--semi-space-growth-factor=${factor}`);
}
