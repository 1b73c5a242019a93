import { createRequire } from "node:module";

/**
 * Loads a package when it is first asked for. What only some runs need would otherwise be a good part of the time
 * that every command takes to start.
 */
export const loadLater = createRequire(import.meta.url);
