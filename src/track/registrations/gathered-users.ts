import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { HostKey } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import type { Transaction } from "../transactions/transaction.ts";
import type { Binding } from "./registrations.ts";

const HOSTS_MAX = 8_192;
const HOUR_US = 3_600_000_000;
/** Hosts of earlier bindings that are kept for one host. */
const KEPT_MAX = 64;

interface Gathered {
  /** When a registration of that host was accepted first. */
  readonly sinceUs: number;
  readonly users: number[];
  /** A host of each network that its users were bound from before. */
  readonly from: HostKey[];
}

/** Users of networks that have nothing to do with each other who are bound, within an hour, at one host that was not heard of before. */
export class GatheredUsers {
  readonly #names: HostNames;
  readonly #hosts = new KeyMap<Gathered>(HOSTS_MAX);

  constructor(names: HostNames) {
    this.#names = names;
  }

  /** A registration was accepted. `latest`: the user's binding before it, elsewhere. Returns from how many networks users have come to this host. */
  bound({ aorKey, client, server }: Transaction, latest: Binding | null, nowUs: number): number {
    const key = combine53(client, server);
    let gathered = this.#hosts.get(key);
    if (gathered === undefined) {
      gathered = { sinceUs: nowUs, users: [], from: [] };
      this.#hosts.put(key, gathered);
    } else this.#hosts.touch(key);
    if (nowUs - gathered.sinceUs > HOUR_US) {
      // A gateway of many users must not look new again because more hosts register than are kept.
      this.#hosts.promote(key);
      return 0;
    }
    if (latest === null) return 0;
    const { from, users } = gathered;
    const { host } = latest;
    if (host === client || this.#names.areNear(host, client)) return 0;
    if (users.length === KEPT_MAX || users.includes(aorKey)) return 0;
    users.push(aorKey);
    if (from.some((other) => other === host || this.#names.areNear(other, host))) return 0;
    from.push(host);
    return from.length;
  }
}
