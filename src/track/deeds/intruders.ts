import { BoundedMap } from "../../base/bounded-map.ts";
import type { HostKey } from "../../decode/host.ts";

/** Hosts that meddled with calls of others, remembered. */
const HOSTS_MAX = 16_384;
/** Calls of one host told apart. */
const CALLS_MAX = 16;
/** Deeds further apart than this are not one campaign. */
const FORGET_US = 3_600_000_000;

interface Intruder {
  readonly calls: number[];
  lastUs: number;
}

/** Hosts that sent BYE or CANCEL into calls that they are no party of, and into how many. */
export class Intruders {
  readonly #hosts = new BoundedMap<HostKey, Intruder>(HOSTS_MAX);

  /** Returns the number of distinct calls of the host so far. `callKey`: of the call at hand. */
  note(host: HostKey, callKey: number, nowUs: number): number {
    let intruder = this.#hosts.get(host);
    if (intruder === undefined || nowUs - intruder.lastUs > FORGET_US) {
      intruder = { calls: [], lastUs: nowUs };
      this.#hosts.set(host, intruder);
    }
    intruder.lastUs = nowUs;
    this.#hosts.touch(host);
    if (!intruder.calls.includes(callKey) && intruder.calls.length < CALLS_MAX) {
      intruder.calls.push(callKey);
    }
    return intruder.calls.length;
  }
}
