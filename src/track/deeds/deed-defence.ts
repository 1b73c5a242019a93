import { combine53 } from "../../base/hash.ts";
import { NO_HOST } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import type { CallMedia } from "../calls/call-media.ts";
import { CALLEE } from "../calls/calls.ts";
import { Rank } from "../hosts/standing.ts";
import type { Registrations } from "../registrations/registrations.ts";
import type { CutCalls } from "./cut-calls.ts";
import { type Deed, DeedKind, Sign } from "./deed.ts";
import { type DeedMedia, MediaAfter, MOVED_US } from "./deed-media.ts";
import { Intruders } from "./intruders.ts";

/** A host that meddles with so many calls of others is no lost proxy. */
const CALLS_MANY = 3;
/** And who was suspected for one sign only, no sister node of a carrier. */
const SUSPECT_CALLS_MANY = 5;

export interface DeedDefenceParts {
  readonly names: HostNames;
  readonly media: CallMedia;
  readonly deedMedia: DeedMedia;
  readonly cut: CutCalls;
  readonly registrations: Registrations;
}

/** What speaks for a sender whose address is no party's, and the one thing that outweighs it: many calls of others. */
export class DeedDefence {
  readonly #parts: DeedDefenceParts;
  readonly #intruders = new Intruders();
  readonly #suspects = new Intruders();

  constructor(parts: DeedDefenceParts) {
    this.#parts = parts;
  }

  /** What speaks for a sender with an address that is no party's. */
  weigh(deed: Deed, nowUs: number): void {
    const { media, names } = this.#parts;
    const { call, client, status } = deed;
    const neighbour = call.parties.neighbourOf(client, deed.way, names);
    if (neighbour !== NO_HOST) {
      deed.exonerate("network", `that of ${names.text(neighbour)}, behind the same router`);
    }
    if (call.parties.has(client)) {
      deed.exonerate("sender", "was accepted as a party meanwhile");
      deed.withdraw(Sign.UNKNOWN_HOST, "known by then");
    }
    if (this.#isBound(deed, nowUs)) {
      deed.exonerate("registration", `the user is registered from ${names.text(client)}`);
      deed.withdraw(Sign.UNKNOWN_HOST, "a registered address is known");
    }
    if (hasOwnCredentials(deed) && status >= 200 && status < 300) {
      deed.exonerate("credentials", "accepted by who had challenged the sender");
      deed.withdraw(Sign.UNKNOWN_HOST, "authenticated");
    }
    if (deed.kind !== DeedKind.MOVE && media.movedTo(call, deed.side, client, MOVED_US)) {
      deed.exonerate("media of that party", "had moved to that address before");
      deed.withdraw(Sign.UNKNOWN_HOST, "media comes from there");
    } else if (hasMovedParty(deed)) {
      deed.exonerate("media of that party", "had moved where the sender's re-INVITE said");
      deed.withdraw(Sign.UNKNOWN_HOST, "the party's media obeyed it");
    }
    if (wasRepeatedWithCredentials(deed)) {
      deed.exonerate("the request", "was sent again with credentials, which were accepted");
      deed.withdraw(Sign.UNKNOWN_HOST, "authenticated");
    }
    if (deed.kind === DeedKind.MOVE && deed.move === null) this.#weighRefresh(deed);
    // What answers it may well: 481 ends the call (RFC 3261 12.2.1.2).
    const isQuestion = deed.kind === DeedKind.OTHER && deed.methodId === SipMethod.OPTIONS;
    if (isQuestion && deed.balance > 1) {
      deed.exonerate("the request", "asks, and changes nothing");
    }
    this.#parts.cut.defend(deed);
    const hasStopped = this.#parts.deedMedia.after(deed) === MediaAfter.STOPPED;
    if (hasStopped && deed.balance > 1) {
      deed.exonerate("media of that party", "stopped with the BYE, as who hangs up does");
    }
    if (!hasStopped) this.#weighCampaign(deed, nowUs);
  }

  /** A session timer leaves all as it is; who puts a call on hold, or makes a fax of it, falls silent where the description says so. */
  #weighRefresh(deed: Deed): void {
    const besides = this.#parts.deedMedia.besides(deed);
    if (besides !== "") {
      const expected = "silence, as its new session description has it";
      deed.accuse(Sign.MEDIA_WENT_ON, "media of that party", expected, besides);
    } else if (deed.balance > 1) {
      deed.exonerate("media of that party", "stays where it was: a session timer");
    }
  }

  /** One host in many calls of others: with two signs in each of them it is proven, with one it is a second sign. */
  #weighCampaign(deed: Deed, nowUs: number): void {
    const { kind, client, call } = deed;
    const endsCalls = kind === DeedKind.BYE || kind === DeedKind.CANCEL;
    if ((!endsCalls && kind !== DeedKind.REFER) || deed.balance < 1) return;
    if (this.#mayBeOwn(deed)) return;
    const calls = this.#suspects.note(client, call.key, nowUs);
    const isGrave = endsCalls && deed.has(Sign.UNKNOWN_HOST) && deed.balance >= 2;
    const grave = isGrave ? this.#intruders.note(client, call.key, nowUs) : 0;
    const what = endsCalls
      ? "calls of others that the sender ended"
      : "calls of others that it used";
    if (grave >= CALLS_MANY) deed.prove(Sign.MANY_CALLS, what, "none", `${grave}`);
    else if (calls >= (endsCalls ? SUSPECT_CALLS_MANY : CALLS_MANY)) {
      deed.accuse(Sign.MANY_CALLS, what, "none", `${calls}`);
    }
  }

  /** A party that has moved and registered from there, as its registrar has accepted. */
  isRegistered(deed: Deed, nowUs: number): boolean {
    return deed.has(Sign.FOREIGN) && !deed.has(Sign.TAGS) && this.#isBound(deed, nowUs);
  }

  /** Where no answers are seen, nobody knows who was called; the caller is known, and so are nodes beside it. */
  #mayBeOwn({ call, client, side }: Deed): boolean {
    if (call.rank !== Rank.SEEN || call.isPartial) return false;
    return side === CALLEE || this.#parts.names.areNear(call.client, client);
  }

  /**
   * The sender's address is registered for the party in whose name it sent: for an address of record that
   * the INVITE named, or the one that the party's known address is registered for.
   */
  #isBound({ call, side, server, client }: Deed, nowUs: number): boolean {
    const { registrations } = this.#parts;
    const { users, parties } = call;
    const userKeys = users.usersOf(side);
    for (const registrar of [server, ...parties.hosts()]) {
      for (const userKey of userKeys) {
        const bindings = registrations.of(registrar, userKey);
        const isBound = bindings.some(
          ({ aorKey, host, expiresUs }) =>
            host === client &&
            expiresUs >= nowUs &&
            (users.hasUser(side, aorKey) ||
              bindings.some(
                (old) => old.aorKey === aorKey && old.host !== client && parties.has(old.host),
              )),
        );
        if (isBound) return true;
      }
    }
    return false;
  }
}

/** A re-INVITE of the sender before it: only the party itself can take its media elsewhere, and have it fall silent where it was. */
function hasMovedParty(deed: Deed): boolean {
  const { call, client, side } = deed;
  return call.deeds.some(
    (move) => move !== deed && move.hasMovedMedia && move.client === client && move.side === side,
  );
}

function wasRepeatedWithCredentials(deed: Deed): boolean {
  if (deed.status !== 401 && deed.status !== 407) return false;
  return deed.call.deeds.some(
    (later) =>
      later.client === deed.client &&
      later.cseq > deed.cseq &&
      hasOwnCredentials(later) &&
      later.acceptedUs > 0,
  );
}

/** With a nonce issued to the sender, and as the user that the party is: any customer has credentials of its own. */
function hasOwnCredentials({
  call,
  side,
  server,
  hasCredentials,
  digestAccountKey,
}: Deed): boolean {
  if (!hasCredentials) return false;
  if (call.users.hasUser(side, digestAccountKey)) return true;
  return call.users.usersOf(side).some((key) => combine53(key, server) === digestAccountKey);
}
