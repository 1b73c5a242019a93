export interface ReloadHandlers {
  /** SIGUSR2. Never runs twice at once; signals that come while it runs lead to one more run after it. */
  readonly reload: () => Promise<void> | void;
  /** SIGHUP: files may have been moved away. Not called where a terminal says that it was closed. */
  readonly reopen: () => void;
  /** What a handler threw. */
  readonly onError: (error: unknown) => void;
}

/**
 * SIGUSR2 loads rules and configuration anew, as in Suricata; SIGHUP opens files again, as logrotate
 * asks for. With a terminal, SIGHUP keeps its meaning: the terminal is gone, and the run ends. Returns
 * how to undo it.
 */
export function onReloadSignals({ reload, reopen, onError }: ReloadHandlers): () => void {
  const onReload = oneAtATime(reload, onError);
  const onReopen = (): void => {
    try {
      reopen();
    } catch (error) {
      onError(error);
    }
  };
  const isTerminal = process.stdin.isTTY === true || process.stderr.isTTY === true;
  process.on("SIGUSR2", onReload);
  if (!isTerminal) process.on("SIGHUP", onReopen);
  return () => {
    process.off("SIGUSR2", onReload);
    process.off("SIGHUP", onReopen);
  };
}

/** Calls that come while one runs are one call after it. */
export function oneAtATime(
  run: () => Promise<void> | void,
  onError: (error: unknown) => void,
): () => void {
  let isRunning = false;
  let isAsked = false;
  const work = async (): Promise<void> => {
    isRunning = true;
    while (isAsked) {
      isAsked = false;
      try {
        await run();
      } catch (error) {
        onError(error);
      }
    }
    isRunning = false;
  };
  return () => {
    isAsked = true;
    if (!isRunning) void work();
  };
}
