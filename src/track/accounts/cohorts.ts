import { KeyMap } from "../../base/key-map.ts";
import type { HostKey } from "../../decode/host.ts";

const SERVERS_MAX = 4_096;
const HOUR_US = 3_600_000_000;
/** Where so many have come back, the others are telephones, too. */
const RETURNED_SHARE = 1 / 5;

/** First tries at one server within an hour, and how many of them came back as telephones do. */
export interface Cohort {
  readonly sinceUs: number;
  tries: number;
  returned: number;
}

/** The cohorts of all servers, each an hour long. */
export class Cohorts {
  readonly #byServer = new KeyMap<Cohort>(SERVERS_MAX);

  /** The one that a first try belongs to; it counts as one of its tries. */
  join(server: HostKey, nowUs: number): Cohort {
    let cohort = this.#byServer.get(server);
    if (cohort === undefined || nowUs - cohort.sinceUs > HOUR_US) {
      cohort = { sinceUs: nowUs, tries: 0, returned: 0 };
      this.#byServer.set(server, cohort);
    }
    cohort.tries++;
    return cohort;
  }
}

/** Enough came back to give the others as long as the slowest telephones take. */
export function isOfPhones({ returned, tries }: Cohort): boolean {
  return returned >= tries * RETURNED_SHARE;
}
