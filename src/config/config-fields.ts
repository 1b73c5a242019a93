import * as z from "zod";
import { listenAddressOf } from "../emit/metrics/listen-address.ts";

// A run checks its configuration once, which is quicker than to compile functions for it.
z.config({ jitless: true });

/** The kinds of option that the schema is made of; each carries its unit, bounds and meaning for the printed list. */

interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

const NO_ADDRESS = "no HOST:PORT, such as 127.0.0.1:9790; a port alone is :9790";
const ENTRIES_MAX = 16_777_216;
const DAY_MS = 86_400_000;

/** A whole number with its unit. */
export function whole(value: number, unit: string, about: string, bounds: Bounds = {}) {
  const type = z
    .int()
    .min(bounds.min ?? 0)
    .max(bounds.max ?? ENTRIES_MAX);
  return type.default(value).meta({ unit, description: about });
}

/** Capacity of a bounded table; at the limit the oldest entry goes and is counted. */
export function entries(value: number, about: string) {
  return whole(value, "entries", about, { min: 16, max: ENTRIES_MAX });
}

/** A time of at most a week. */
export function milliseconds(value: number, about: string) {
  return whole(value, "ms", about, { min: 0, max: 7 * DAY_MS });
}

export function flag(value: boolean, about: string) {
  return z.boolean().default(value).meta({ description: about });
}

export function text(value: string, about: string) {
  return z.string().default(value).meta({ description: about });
}

export function texts(about: string, values: readonly string[] = []) {
  return z
    .array(z.string())
    .default([...values])
    .meta({ description: about });
}

/** Where something listens: `HOST:PORT`; empty for nowhere. */
export function listenAt(value: string, about: string) {
  const fault = ({ input }: { input?: unknown }) => `"${input}" is ${NO_ADDRESS}`;
  return z
    .string({ error: fault })
    .refine((text) => text === "" || listenAddressOf(text) !== null, { error: fault })
    .default(value)
    .meta({ description: about });
}

/** One of a few words. */
export function choice<const T extends readonly [string, ...string[]]>(
  values: T,
  value: T[number],
  about: string,
) {
  return z
    .enum(values)
    .default(value as z.core.util.NoUndefined<z.output<z.ZodEnum<z.core.util.ToEnum<T[number]>>>>)
    .meta({ description: `${about}: ${values.join(", ")}` });
}
