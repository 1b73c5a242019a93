import { BoundedMap } from "../../base/bounded-map.ts";
import type { MatchContext } from "../match-context.ts";
import { flowKey, NO_VALUE, type TrackKey } from "./track-key.ts";

export type BitCommand = "set" | "unset" | "toggle" | "isset" | "isnotset";

/** `flowbits`, `xbits` or `hostbits` as compiled. */
export interface BitOption {
  readonly store: "flow" | "x" | "host";
  readonly command: BitCommand;
  /** More than one: any of them (`a|b`). */
  readonly names: readonly string[];
  /** None for flowbits; two for `hostbits ...,both`. */
  readonly tracks: readonly TrackKey[];
  readonly expireSeconds: number;
  /** Done only when the alert is really written, after thresholds (not in Suricata). */
  readonly onAlert: boolean;
}

export function isBitTest(option: BitOption): boolean {
  return option.command === "isset" || option.command === "isnotset";
}

const KEYS_MAX = 65_536;
const HOSTS = "hosts";
type BitTable = BoundedMap<number, number>;

/** Where a bit of an option may be. */
export interface BitPlace {
  readonly track: TrackKey;
  readonly table: BitTable;
}

/**
 * State of flowbits (per flow, dies with it), xbits and hostbits (per key, with an expiry on the
 * packet's clock). Bounded; the bit that was set first goes.
 */
export class BitStore {
  readonly #flows = new Map<number, Set<string>>();
  /** By whose bits they are, then by their name. */
  readonly #keyed = new Map<TrackKey | typeof HOSTS, Map<string, BitTable>>();
  /** For each name and key of an option. */
  readonly #places = new Map<BitOption, readonly BitPlace[]>();
  /** Of tables that are gone. */
  #evictions = 0;

  get evictions(): number {
    let sum = this.#evictions;
    for (const tables of this.#keyed.values()) {
      for (const table of tables.values()) sum += table.evictions;
    }
    return sum;
  }

  /** True when an `isset` or `isnotset` holds; `places` are those of the option, which are the same until a reload. */
  test(option: BitOption, places: readonly BitPlace[], context: MatchContext): boolean {
    const isSet =
      option.store === "flow"
        ? option.names.some((name) => this.#isSetOnFlow(name, context))
        : isSetAt(places, context);
    return isSet === (option.command === "isset");
  }

  /** Does a `set`, `unset` or `toggle`. */
  apply(option: BitOption, context: MatchContext): void {
    const { command, names, store } = option;
    if (store === "flow") {
      for (const name of names) this.#applyToFlow(command, name, context);
      return;
    }
    const places = this.placesOf(option);
    const isUnset = command === "unset" || (command === "toggle" && isSetAt(places, context));
    for (const { track, table } of places) {
      const key = context.keyBy(track);
      if (key === NO_VALUE) continue;
      table.delete(key);
      if (!isUnset) table.set(key, context.timeUs + option.expireSeconds * 1e6);
    }
  }

  /** For each name and key of the option; none of flowbits. */
  placesOf(option: BitOption): readonly BitPlace[] {
    let places = this.#places.get(option);
    if (places === undefined) {
      const { names, tracks } = option;
      places = names.flatMap((name) =>
        tracks.map((track) => ({ track, table: this.#tableAt(track, name) })),
      );
      this.#places.set(option, places);
    }
    return places;
  }

  endFlow(slot: number, generation: number): void {
    if (this.#flows.size > 0) this.#flows.delete(flowKey(slot, generation));
  }

  /** Flowbits of a flow, sorted, for EVE `metadata.flowbits`. */
  flowBits(slot: number, generation: number): string[] {
    return [...(this.#flows.get(flowKey(slot, generation)) ?? [])].sort();
  }

  /** After a reload: forgets the bits that no rule names any more. */
  keepNamed(options: readonly BitOption[]): void {
    this.#places.clear();
    const inFlows = options.filter(({ store }) => store === "flow");
    const flowNames = new Set(inFlows.flatMap(({ names }) => names));
    for (const [owner, tables] of this.#keyed) {
      const isNamed = (name: string) =>
        options.some(
          ({ names, tracks }) =>
            names.includes(name) && tracks.some((key) => ownerOf(key) === owner),
        );
      for (const [name, table] of tables) {
        if (isNamed(name)) continue;
        this.#evictions += table.evictions;
        tables.delete(name);
      }
    }
    for (const [flow, names] of this.#flows) {
      for (const name of names) if (!flowNames.has(name)) names.delete(name);
      if (names.size === 0) this.#flows.delete(flow);
    }
  }

  #isSetOnFlow(name: string, { flowSlot, flows }: MatchContext): boolean {
    if (flowSlot < 0) return false;
    return this.#flows.get(flowKey(flowSlot, flows.generation(flowSlot)))?.has(name) === true;
  }

  #applyToFlow(command: BitCommand, name: string, context: MatchContext): void {
    const { flowSlot, flows } = context;
    if (flowSlot < 0) return;
    const key = flowKey(flowSlot, flows.generation(flowSlot));
    const bits = this.#flows.get(key);
    const isUnset = command === "unset" || (command === "toggle" && bits?.has(name) === true);
    if (isUnset) bits?.delete(name);
    else if (bits === undefined) this.#flows.set(key, new Set([name]));
    else bits.add(name);
  }

  #tableAt(track: TrackKey, name: string): BitTable {
    const owner = ownerOf(track);
    let tables = this.#keyed.get(owner);
    if (tables === undefined) {
      tables = new Map();
      this.#keyed.set(owner, tables);
    }
    let table = tables.get(name);
    if (table === undefined) {
      table = new BoundedMap(KEYS_MAX);
      tables.set(name, table);
    }
    return table;
  }
}

function isSetAt(places: readonly BitPlace[], context: MatchContext): boolean {
  for (let i = 0; i < places.length; i++) {
    const { table, track } = places[i] as BitPlace;
    if (table.size === 0) continue;
    const key = context.keyBy(track);
    const expiryUs = key === NO_VALUE ? undefined : table.get(key);
    if (expiryUs !== undefined && context.timeUs <= expiryUs) return true;
  }
  return false;
}

/** As in Suricata, bits of a host are its own, whichever keyword and side they were set by. */
function ownerOf(track: TrackKey): TrackKey | typeof HOSTS {
  return track.isHost ? HOSTS : track;
}
