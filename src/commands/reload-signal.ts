import { setTimeout as sleep } from "node:timers/promises";

/** Between two reloads. */
const PAUSE_MS = 1_000;

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
  const onReload = oneAtATime(reload, onError, PAUSE_MS);
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

/**
 * Calls that come while one runs, or within `pauseMs` after it, are one call after that: whoever asks again and again
 * costs the packet thread one reload in that time.
 */
export function oneAtATime(
  run: () => Promise<void> | void,
  onError: (error: unknown) => void,
  pauseMs = 0,
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
      if (pauseMs > 0) await sleep(pauseMs, undefined, { ref: false });
    }
    isRunning = false;
  };
  return () => {
    isAsked = true;
    if (!isRunning) void work();
  };
}
