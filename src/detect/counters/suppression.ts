import type { HostKey } from "../../decode/host.ts";
import type { AddressSet } from "../rules/address-set.ts";

/** `suppress` with an address, from threshold.config. */
export interface Suppression {
  readonly track: "by_src" | "by_dst" | "by_either";
  readonly addresses: AddressSet;
}

/** One end of what a rule matched, as `AddressSet.matches` takes it. */
export interface AddressOf {
  readonly host: HostKey;
  readonly bytes: Uint8Array;
  readonly at: number;
}
