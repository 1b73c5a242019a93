import type { HostKey } from "../../decode/host.ts";
import type { CredentialTimes } from "../accounts/credential-times.ts";

/** Handshakes that a client may have open when the input ends, beside as many as it has completed. */
const SPARE = 8;

/**
 * Challenges that wait when the input ends. Of a client that takes challenges up its latest are cut off, no walk's; but one login does not
 * excuse hundreds that wait behind it.
 */
export class CutHandshakes {
  readonly #credentials: CredentialTimes;
  /** Of each client; for the end of the input alone, so no more than transactions. */
  readonly #cut = new Map<HostKey, number>();

  constructor(credentials: CredentialTimes) {
    this.#credentials = credentials;
  }

  /** Asked once for each challenge that waits. */
  isCut(client: HostKey): boolean {
    const taken = this.#credentials.timesSent(client);
    if (taken === 0) return false;
    const cut = (this.#cut.get(client) ?? 0) + 1;
    this.#cut.set(client, cut);
    return cut <= SPARE + taken;
  }
}
