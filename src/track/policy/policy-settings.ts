import type { HostKey } from "../../decode/host.ts";

/** Whether an address is in a list: the host, and where its bytes are for IPv6. */
export type AddressTest = (host: HostKey, bytes: Uint8Array, at: number) => boolean;

/** What the site has declared; null and empty where it has not. */
export interface PolicySettings {
  /** Raise what everybody would want to know of a telephony network once, declared or not. */
  readonly notes: boolean;
  /** Where signalling and media have to be encrypted. */
  readonly secure: AddressTest | null;
  /** Domains that servers may answer for, in lower case. */
  readonly domains: ReadonlySet<string>;
  /** Ports of servers that only `trunks` may use. */
  readonly trunkPorts: ReadonlySet<number>;
  readonly trunks: AddressTest | null;
  /** Codecs that may be agreed on, in lower case. */
  readonly codecs: ReadonlySet<string>;
  /** Carriers that sign each call. */
  readonly signed: AddressTest | null;
}

export const NO_POLICY: PolicySettings = {
  notes: false,
  secure: null,
  domains: new Set(),
  trunkPorts: new Set(),
  trunks: null,
  codecs: new Set(),
  signed: null,
};

/** Nothing is declared and no notes are wanted: nobody has to look. */
export function isEmptyPolicy(policy: PolicySettings): boolean {
  const { codecs, domains, notes, secure, signed, trunkPorts } = policy;
  const hasAddresses = secure !== null || signed !== null;
  return !notes && !hasAddresses && codecs.size + domains.size + trunkPorts.size === 0;
}
