/** 9999-12-31, the last date whose text has the usual width. */
export const LAST_S = 253_402_300_799;

/** `YYYY-MM-DDThh:mm:ss`, always UTC, so that output is the same everywhere. */
export function eveSecondsOf(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().slice(0, 19);
}
