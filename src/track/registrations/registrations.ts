import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { HostKey } from "../../decode/host.ts";

/** Bindings of one user at one registrar that are remembered, over all its domains; the oldest goes. */
const BINDINGS_MAX = 32;
/** Whose registration it was, and until when it holds. */
interface Registered {
  readonly aorKey: number;
  readonly host: HostKey;
  readonly port: number;
  readonly callKey: number;
  readonly expiresUs: number;
}

/** Registrars that are known to challenge. */
const REGISTRARS_MAX = 1024;

/** One accepted REGISTER: of whom, and where it came from. */
export interface Binding {
  /** `aorKeyOf`: two tenants of one registrar may have the same extension. */
  readonly aorKey: number;
  readonly host: HostKey;
  readonly port: number;
  /** Call-ID of its last REGISTER: a phone keeps its own (RFC 3261 10.2). */
  callKey: number;
  /** When the registrar accepted it first and last, microseconds. */
  firstUs: number;
  lastUs: number;
  /** Until when it holds. */
  expiresUs: number;
}

/** Addresses from which a registrar accepted registrations of a user, by registrar and user (RFC 3261 10). */
export class Registrations {
  readonly #byUser: KeyMap<Binding[]>;
  readonly #challengers = new KeyMap<true>(REGISTRARS_MAX);

  constructor(capacity: number) {
    this.#byUser = new KeyMap(capacity);
  }

  /** The registrar answered a REGISTER with a challenge: it takes none without credentials. */
  challenged(registrar: HostKey): void {
    this.#challengers.set(registrar, true);
  }

  isChallenger(registrar: HostKey): boolean {
    return this.#challengers.get(registrar) !== undefined;
  }

  /** A registrar answered 2xx to a REGISTER of that user from that address. `userKey`: hash of the user part. */
  accept(registrar: HostKey, userKey: number, from: Registered, nowUs: number): void {
    const key = combine53(registrar, userKey);
    const bindings = this.#byUser.get(key) ?? [];
    const known = bindings.find((binding) => isSame(binding, from));
    if (known !== undefined) {
      known.lastUs = nowUs;
      known.expiresUs = from.expiresUs;
      known.callKey = from.callKey;
    } else {
      if (bindings.length === BINDINGS_MAX) bindings.shift();
      bindings.push({ ...from, firstUs: nowUs, lastUs: nowUs });
    }
    this.#byUser.put(key, bindings);
  }

  /** Another final answer contradicts the 2xx: nothing is known any more. */
  revoke(
    registrar: HostKey,
    userKey: number,
    from: { aorKey: number; host: HostKey; port: number },
  ): void {
    const bindings = this.of(registrar, userKey).filter((binding) => !isSame(binding, from));
    this.#byUser.set(combine53(registrar, userKey), bindings);
  }

  /** Accepted bindings of a user at a registrar, also those that have run out since. */
  of(registrar: HostKey, userKey: number): readonly Binding[] {
    return this.#byUser.get(combine53(registrar, userKey)) ?? [];
  }

  /** Of these, where the user lives beside that host: from other hosts, and they have not run out. */
  elsewhere(registrar: HostKey, userKey: number, here: HostKey, nowUs: number): readonly Binding[] {
    return this.of(registrar, userKey).filter(
      ({ host, expiresUs }) => host !== here && expiresUs >= nowUs,
    );
  }
}

function isSame(
  binding: Binding,
  { aorKey, host, port }: { aorKey: number; host: HostKey; port: number },
): boolean {
  return binding.aorKey === aorKey && binding.host === host && binding.port === port;
}
