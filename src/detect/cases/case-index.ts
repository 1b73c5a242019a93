import { combine53 } from "../../base/hash.ts";
import { hostKeyOfText } from "../../decode/host-text.ts";
import type { EventSubject } from "../../track/facts/event.ts";
import type { Alert } from "../alerts/alert.ts";
import type { MatchContext } from "../match-context.ts";
import type { Signature } from "../rules/signature.ts";
import {
  accountKeyOf,
  blockKeyOf,
  blockTextOf,
  callKeyOf,
  forgedKeyOf,
  keyOfText,
  sprayOf,
} from "./case-keys.ts";
import { attackOf, type CaseKind, deedOf, rankOf, takesIn } from "./case-stage.ts";
import { CASE_NAMES } from "./kept-case.ts";
import type { OpenCase } from "./open-case.ts";

/** What a key is of: one map holds all. */
const SOURCE = 1;
const CALL = 2;
const ACCOUNT = 3;
const CAMPAIGN = 4;
const FOLLOWED = 5;
const BLOCK = 6;
const SPRAY = 7;
const FORGED = 8;
/** Keys of one case, and of all together: beyond it a case is found by those that it has. */
const CASE_KEYS_MAX = 4_096;
const KEYS_MAX = 262_144;
/** Cases against one victim that a campaign may take in. */
const VICTIM_CASES_MAX = 1_024;
/** What was silent for longer before a campaign showed is not of it. */
const CAMPAIGN_US = 900e6;
/** Hosts of one campaign over many servers show themselves within this of each other. */
const SPRAY_US = 3_600e6;
/** A message is passed on within this. */
const RELAY_US = 5e6;
/** Rules that count by these tell of many sources together. */
const CAMPAIGN_TRACKS: ReadonlySet<string> = new Set([
  ...["by_server", "by_dst", "by_account", "by_block"],
]);
/** Their alerts are about one call, whoever sends. */
const CALL_KINDS: ReadonlySet<CaseKind> = new Set(["call", "media"]);
const ACCOUNT_KINDS: ReadonlySet<CaseKind> = new Set(["guess", "account"]);

/** Which cases an alert belongs to. Bounded; costs some lookups an alert and nothing a packet. */
export class CaseIndex {
  readonly #byKey = new Map<number, OpenCase>();
  /** By the host that is attacked. */
  readonly #byVictim = new Map<number, Set<OpenCase>>();

  /** How many accounts are followed. */
  followed = 0;

  /**
   * The open cases that the alert belongs to, the one that goes on first; with several, they were one all along. Empty
   * where it opens a case.
   */
  find(signature: Signature, context: MatchContext, alert: Alert): OpenCase[] {
    const { kind } = deedOf(signature.alert);
    if (isCampaign(signature, kind)) return this.#campaign(signature, context, alert);
    const own =
      this.#bySource(context, alert) ??
      this.#at(BLOCK, blockKeyOf(context)) ??
      (CALL_KINDS.has(kind) ? this.#at(CALL, callKeyOf(alert)) : undefined) ??
      this.#inNames(context, alert) ??
      (ACCOUNT_KINDS.has(kind) ? this.#at(ACCOUNT, accountKeyOf(context.subject)) : undefined) ??
      (kind === "input" ? this.#relayed(context, alert) : undefined) ??
      this.#sprayed(signature, context, alert) ??
      this.#running(kind, context, alert);
    return own === undefined ? [] : [own];
  }

  /** Whose accounts are followed, and the call is of one of these. */
  follower(subject: EventSubject): OpenCase | undefined {
    return this.followed === 0 ? undefined : this.#at(FOLLOWED, accountKeyOf(subject));
  }

  /** A call that was answered for a followed account; alerts about it belong to the case, too. */
  followCall(open: OpenCase, callId: string): void {
    this.#put(open, CALL, keyOfText(callId));
  }

  ofCall(callId: string): OpenCase | undefined {
    return this.#at(CALL, keyOfText(callId));
  }

  /** The alert has joined the case: others of its like are to find it. */
  add(open: OpenCase, signature: Signature, context: MatchContext, alert: Alert): void {
    const { kind, stage } = deedOf(signature.alert);
    const isShared = isCampaign(signature, kind);
    open.kinds.add(kind);
    const isSource = isShared
      ? alert.voip.source?.isProven === true
      : alert.voip.isSpoofed !== true;
    const isRelay = kind === "input" && open.victimHosts.has(context.srcHost);
    if (isRelay) open.relays.add(alert.srcIp);
    if (isSource && !isRelay && context.srcHost >= 0) {
      this.#put(open, SOURCE, context.srcHost);
      open.name("sources", alert.srcIp);
    }
    this.#put(open, FORGED, forgedKeyOf(context, alert));
    if (CALL_KINDS.has(kind)) {
      this.#put(open, CALL, callKeyOf(alert));
      open.name("calls", alert.voip.callId ?? "");
    }
    const accountKey = accountKeyOf(context.subject);
    const account = context.subject.account.toLowerCase();
    if (ACCOUNT_KINDS.has(kind)) {
      this.#put(open, ACCOUNT, accountKey);
      open.name("guessed", account);
    }
    open.name("accounts", account);
    if (accountKey !== 0 && open.accountKeys.size < 64) open.accountKeys.add(accountKey);
    const block = blockTextOf(context);
    this.#put(open, BLOCK, keyOfText(block));
    open.name("blocks", block);
    const spray = sprayOf(signature, context);
    this.#put(open, SPRAY, keyOfText(spray));
    open.name("sprays", spray);
    if (isShared) {
      this.#put(open, CAMPAIGN, context.dstHost);
      open.name("campaigns", alert.destIp);
    }
    if (kind === "account" && rankOf(stage) >= rankOf("in")) {
      this.#follow(open, accountKey);
      open.name("followed", account);
    }
    if (context.dstHost < 0) return;
    this.#attack(open, context.dstHost);
    open.name("victims", alert.destIp);
  }

  /** A case of an earlier run: others of its like are to find it, by the names that were kept of it. */
  restore(open: OpenCase): void {
    const { accounts, blocks, calls, campaigns, followed, guessed } = open.named;
    const { sources, sprays, victims } = open.named;
    for (const ip of sources) this.#put(open, SOURCE, hostKeyOfText(ip));
    for (const callId of calls) this.#put(open, CALL, keyOfText(callId));
    if (open.callSummary !== null)
      for (const callId of open.calls.liveIds) this.followCall(open, callId);
    for (const account of guessed) this.#put(open, ACCOUNT, keyOfText(account));
    for (const account of accounts) open.accountKeys.add(keyOfText(account));
    for (const account of followed) this.#follow(open, keyOfText(account));
    for (const ip of campaigns) this.#put(open, CAMPAIGN, hostKeyOfText(ip));
    for (const block of blocks) this.#put(open, BLOCK, keyOfText(block));
    for (const spray of sprays) this.#put(open, SPRAY, keyOfText(spray));
    for (const ip of victims) this.#attack(open, hostKeyOfText(ip));
  }

  /** All that led to `from` leads to `to` from now on. */
  move(from: OpenCase, to: OpenCase): void {
    for (const key of from.keys) {
      if (this.#byKey.get(key) !== from) continue;
      this.#byKey.set(key, to);
      to.keys.add(key);
    }
    from.keys.clear();
    for (const host of from.victimHosts) {
      this.#byVictim.get(host)?.delete(from);
      this.#attack(to, host);
    }
    from.victimHosts.clear();
    for (const kind of from.kinds) to.kinds.add(kind);
    for (const what of CASE_NAMES) for (const text of from.named[what]) to.name(what, text);
    for (const key of from.accountKeys) if (to.accountKeys.size < 64) to.accountKeys.add(key);
    to.followed += from.followed;
    from.followed = 0;
  }

  delete(open: OpenCase): void {
    for (const key of open.keys) if (this.#byKey.get(key) === open) this.#byKey.delete(key);
    for (const host of open.victimHosts) {
      const cases = this.#byVictim.get(host);
      cases?.delete(open);
      if (cases?.size === 0) this.#byVictim.delete(host);
    }
    this.followed -= open.followed;
  }

  /** An address that turns out to be forged is nobody's. */
  #bySource({ srcHost }: MatchContext, { srcIp, voip }: Alert): OpenCase | undefined {
    if (voip.isSpoofed === true || srcHost < 0) return undefined;
    const open = this.#at(SOURCE, srcHost);
    return open?.forged.has(srcIp) === true ? undefined : open;
  }

  /** Somebody who goes on in the same name against the same host, call for call or in several ways, is one. Not known after a restart. */
  #inNames(context: MatchContext, alert: Alert): OpenCase | undefined {
    const open = this.#at(FORGED, forgedKeyOf(context, alert));
    return open !== undefined && context.timeUs - open.lastUs <= CAMPAIGN_US ? open : undefined;
  }

  /** The same from who has just been sent it: a server that passes a message on is no attacker. */
  #relayed({ srcHost, timeUs }: MatchContext, { signature }: Alert): OpenCase | undefined {
    for (const open of this.#byVictim.get(srcHost) ?? []) {
      const isSame = attackOf(open.gravest.signature) === attackOf(signature);
      if (isSame && timeUs - open.lastUs <= RELAY_US) return open;
    }
    return undefined;
  }

  /** Hosts that share many servers among them, with the same tool and within the hour, are sent by one. */
  #sprayed(signature: Signature, context: MatchContext, { voip }: Alert): OpenCase | undefined {
    if (voip.isSpoofed === true) return undefined;
    const open = this.#at(SPRAY, keyOfText(sprayOf(signature, context)));
    return open !== undefined && context.timeUs - open.lastUs <= SPRAY_US ? open : undefined;
  }

  /** A campaign against the same host that is going on, which such a deed belongs to. */
  #running(kind: CaseKind, { dstHost, timeUs }: MatchContext, { voip }: Alert) {
    if (voip.isSpoofed === true) return undefined;
    const open = this.#at(CAMPAIGN, dstHost);
    if (open === undefined || timeUs - open.lastUs > CAMPAIGN_US) return undefined;
    return [...open.kinds].some((of) => takesIn(of, kind)) ? open : undefined;
  }

  /** Cases against the same host, all of whose deeds are such as the campaign takes in. */
  #campaign(signature: Signature, context: MatchContext, alert: Alert): OpenCase[] {
    const { kind } = deedOf(signature.alert);
    const track = signature.counter?.track.name ?? "";
    const { dstHost, timeUs } = context;
    const found: OpenCase[] = [];
    const running = this.#at(CAMPAIGN, dstHost);
    if (
      running !== undefined &&
      [...running.kinds].some((of) => takesIn(of, kind) || takesIn(kind, of))
    ) {
      found.push(running);
    }
    const accountKey = accountKeyOf(context.subject);
    const own = this.#bySource(context, alert);
    const ofBlock = this.#at(BLOCK, blockKeyOf(context));
    // It is against many servers, so its sources' cases may be against others than this one.
    const elsewhere = track === "by_block" ? [ofBlock, own] : [ofBlock];
    for (const open of elsewhere) {
      if (open !== undefined && !found.includes(open)) found.push(open);
    }
    for (const open of this.#byVictim.get(dstHost) ?? []) {
      const isRecent = timeUs - open.lastUs <= CAMPAIGN_US;
      const isSameAccount = track !== "by_account" || open.accountKeys.has(accountKey);
      const isOfIt = [...open.kinds].every((of) => takesIn(kind, of)) && isSameAccount;
      // A source that did more than the campaign does is at least that.
      if ((isRecent && isOfIt) || open === own) {
        if (!found.includes(open)) found.push(open);
      }
    }
    return found.sort((a, b) => a.ordinal - b.ordinal);
  }

  #at(what: number, key: number): OpenCase | undefined {
    return key === 0 || key < 0 ? undefined : this.#byKey.get(combine53(key, what));
  }

  #put(open: OpenCase, what: number, value: number): void {
    if (value === 0 || value < 0) return;
    const key = combine53(value, what);
    const known = this.#byKey.get(key);
    if (known === open) return;
    const isFull = known === undefined && this.#byKey.size >= KEYS_MAX;
    if (isFull || open.keys.size >= CASE_KEYS_MAX) return;
    this.#byKey.set(key, open);
    open.keys.add(key);
  }

  #follow(open: OpenCase, accountKey: number): void {
    if (accountKey === 0 || this.#at(FOLLOWED, accountKey) === open) return;
    this.#put(open, FOLLOWED, accountKey);
    if (this.#at(FOLLOWED, accountKey) !== open) return;
    open.followed++;
    this.followed++;
  }

  #attack(open: OpenCase, host: number): void {
    if (host < 0 || open.victimHosts.size >= 64) return;
    const cases = this.#byVictim.get(host) ?? new Set<OpenCase>();
    if (cases.size >= VICTIM_CASES_MAX) return;
    cases.add(open);
    open.victimHosts.add(host);
    this.#byVictim.set(host, cases);
  }
}

/** What somebody does with one account, or in one call, is no campaign, whatever its rule counts by. */
function isCampaign({ counter }: Signature, kind: CaseKind): boolean {
  if (kind === "account" || CALL_KINDS.has(kind)) return false;
  return CAMPAIGN_TRACKS.has(counter?.track.name ?? "");
}
