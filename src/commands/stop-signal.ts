const SIGNALS = ["SIGINT", "SIGTERM"] as const;
/** A shell's exit code for a program that a signal ended: 128 and the signal's number. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** Calls back at the first SIGINT or SIGTERM; a second one ends the process at once. Returns how to undo it. */
export function onStopSignal(onStop: (signal: NodeJS.Signals) => void): () => void {
  let isStopping = false;
  const handlers = SIGNALS.map((signal) => {
    const handler = (): void => {
      if (isStopping) process.exit(EXIT_CODES[signal]);
      isStopping = true;
      onStop(signal);
    };
    process.on(signal, handler);
    return { signal, handler };
  });
  return () => {
    for (const { signal, handler } of handlers) process.off(signal, handler);
  };
}
