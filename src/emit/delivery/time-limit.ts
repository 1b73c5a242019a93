/** The promise did not settle in time; what it does later is nobody's concern. */
export class TimeLimitError extends Error {
  constructor(ms: number) {
    super(`no answer within ${(ms / 1000).toFixed(ms % 1000 === 0 ? 0 : 1)} s`);
    this.name = "TimeLimitError";
  }
}

/** Settles as `promise` does, or rejects with TimeLimitError after `ms`. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimeLimitError(ms)), ms);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for the promise, however it settles, but for `ms` at most. False: the time ran out. */
export async function settledWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  try {
    await within(promise, ms);
    return true;
  } catch (error) {
    return !(error instanceof TimeLimitError);
  }
}

/** A wait that can be cut short. One at a time. */
export class Pause {
  #end: (() => void) | null = null;

  /** Waits for `ms`, or until `end`; without `ms` until `end` alone. */
  async wait(ms?: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#end = resolve;
      if (ms !== undefined) timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    this.#end = null;
  }

  end(): void {
    this.#end?.();
  }
}
