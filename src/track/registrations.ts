import { combine53 } from "../base/hash.ts";
import { KeyMap } from "../base/key-map.ts";
import type { HostKey } from "../decode/host.ts";

/** Bindings of one user at one registrar that are remembered (RFC 3261 10.3); the oldest goes. */
const BINDINGS_MAX = 8;

/** One accepted REGISTER: where it came from. */
export interface Binding {
  readonly host: HostKey;
  readonly port: number;
  /** When the registrar accepted it first and last, microseconds. */
  firstUs: number;
  lastUs: number;
  /** Until when it holds. */
  expiresUs: number;
}

/** Addresses from which a registrar accepted registrations of a user, by registrar and user (RFC 3261 10). */
export class Registrations {
  readonly #byUser: KeyMap<Binding[]>;

  constructor(capacity: number) {
    this.#byUser = new KeyMap(capacity);
  }

  /** A registrar answered 2xx to a REGISTER of that user from that address. `userKey`: hash of the user part. */
  accept(
    registrar: HostKey,
    userKey: number,
    from: { host: HostKey; port: number; expiresUs: number },
    nowUs: number,
  ): void {
    const key = combine53(registrar, userKey);
    const bindings = this.#byUser.get(key) ?? [];
    const known = bindings.find(({ host, port }) => host === from.host && port === from.port);
    if (known !== undefined) {
      known.lastUs = nowUs;
      known.expiresUs = from.expiresUs;
    } else {
      if (bindings.length === BINDINGS_MAX) bindings.shift();
      bindings.push({ ...from, firstUs: nowUs, lastUs: nowUs });
    }
    this.#byUser.set(key, bindings);
    this.#byUser.touch(key);
  }

  /** Accepted bindings of a user at a registrar, also those that have run out since. */
  of(registrar: HostKey, userKey: number): readonly Binding[] {
    return this.#byUser.get(combine53(registrar, userKey)) ?? [];
  }

  /** True when the registrar took a registration of that user from that host and it still holds. */
  isBound(registrar: HostKey, userKey: number, host: HostKey, nowUs: number): boolean {
    return this.of(registrar, userKey).some(
      (binding) => binding.host === host && binding.expiresUs >= nowUs,
    );
  }
}
