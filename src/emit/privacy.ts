import { createHmac } from "node:crypto";
import { isIP } from "node:net";
import type { Alert, AlertCounter } from "../detect/alerts/alert.ts";
import type { CaseRecord } from "../detect/cases/case-record.ts";
import type { IncidentRecord } from "../detect/incidents/incident.ts";
import type { CallParty } from "../track/call-records/call-record.ts";
import type { SipFields } from "../track/content/sip-fields.ts";
import type { Contradiction } from "../track/facts/event.ts";
import type { RegistrationRecord } from "../track/registrations/registration-record.ts";
import { maskedCase } from "./cases/masked-case.ts";
import { maskedVoip } from "./masked-voip.ts";
import { OpenTexts, openAlert, openParty, openSipRecord } from "./open-texts.ts";
import type { NumberedCall, PhoneNumber } from "./phone-numbers.ts";
import { readHashKey } from "./privacy-key.ts";
import { REDACTED, unescaped, withMaskedUsers, withoutSecrets } from "./privacy-text.ts";
import type { SipRecord } from "./records.ts";

/** `partial` keeps a number but for its last digits, and of a name the first character. */
type IdentityPolicy = "keep" | "partial" | "hash";

/** The `privacy` section of the configuration. */
export interface PrivacySettings {
  /** Mask digest responses and nonces, passwords, and credentials that a tool hides in its messages. */
  readonly secrets: boolean;
  readonly numbers: IdentityPolicy;
  readonly users: IdentityPolicy;
  /** File with the key of `hash`; the same key gives the same hash on every sensor. */
  readonly hashKeyFile: string;
}

const HASH_DIGITS = 16;
/** A partial number hides so many of its last digits; a short one half of them. */
const HIDDEN_DIGITS = 4;

/** What keys of counters are made of, where that is a user. */
const ACCOUNT_TRACKS: ReadonlySet<string> = new Set(["by_account", "by_aor", "by_client_account"]);
/** Evidence that quotes the packet, by its `what`. */
const QUOTED_HEADER = "grammar";
const QUOTED_TOOL = "what the tool wrote into it";

/**
 * Takes secrets, and by policy users and numbers, out of records before they are written. The same user
 * becomes the same text in every field. Call-IDs and addresses stay: they join records.
 */
export class Privacy {
  readonly #settings: PrivacySettings;
  readonly #key: Buffer | null;
  readonly #masksUsers: boolean;
  readonly #openTexts = new OpenTexts();

  /** Throws PrivacyError when the key file of `hash` cannot be used. */
  constructor(settings: PrivacySettings) {
    const { numbers, users, hashKeyFile } = settings;
    this.#settings = settings;
    this.#key = numbers === "hash" || users === "hash" ? readHashKey(hashKeyFile) : null;
    this.#masksUsers = numbers !== "keep" || users !== "keep";
  }

  alert(alert: Alert): Alert {
    if (!this.#masksUsers) return this.#settings.secrets ? openAlert(alert) : alert;
    const { voip } = alert;
    const known = this.#knownUsers(alert);
    return {
      ...alert,
      ...(alert.sip !== undefined && { sip: this.#sip(alert.sip, known) }),
      voip: maskedVoip(voip, {
        account: (text) => this.#account(text),
        user: (text) => this.#user(text),
        text: (text) => this.#text(text, known),
        counter: (counter) => this.#counter(counter),
      }),
      evidence: alert.evidence.map((item) => this.#contradiction(item, known)),
    };
  }

  incident(incident: IncidentRecord): IncidentRecord {
    if (!this.#settings.secrets && !this.#masksUsers) return incident;
    return {
      ...incident,
      key: this.#trackKey(incident.track, incident.key),
      accounts: incident.accounts.map((account) => this.#account(account)),
      top: {
        ...incident.top,
        ...this.#topList(incident, "accounts", (account) => this.#account(account)),
        ...this.#topList(incident, "numbers", (user) => this.#user(user)),
      },
    };
  }

  case(record: CaseRecord): CaseRecord {
    if (!this.#masksUsers) return record;
    const text = (value: string) => this.#text(value, NOBODY);
    const user = (value: string) => this.#user(value);
    return maskedCase(record, { account: (value) => this.#account(value), user, text });
  }

  #topList(
    { top }: IncidentRecord,
    kind: string,
    masked: (text: string) => string,
  ): IncidentRecord["top"] {
    const list = top[kind];
    if (list === undefined) return {};
    const values = list.values.map(({ text, count }) => ({ text: masked(text), count }));
    return { [kind]: { ...list, values } };
  }

  call(call: NumberedCall): NumberedCall {
    if (!this.#settings.secrets && !this.#masksUsers) return call;
    if (!this.#masksUsers) return this.#withoutSecretsOf(call);
    const { account, assertedUser, callee, caller, dialled } = call;
    const named = [caller.user, callee.user, dialled, assertedUser, userOf(account)];
    const known = new Set(named.filter((user) => user !== ""));
    return {
      ...call,
      account: this.#account(account),
      caller: this.#party(caller, known),
      callee: this.#party(callee, known),
      dialled: this.#user(dialled),
      assertedUser: this.#user(assertedUser),
      reason: this.#text(call.reason, known),
      dialledNumber: this.#number(call.dialledNumber),
      callerNumber: this.#number(call.callerNumber),
    };
  }

  /** Of a call only what its ends write freely can hold a secret. Mostly there is none, and the record is the same. */
  #withoutSecretsOf(call: NumberedCall): NumberedCall {
    const caller = openParty(call.caller, this.#openTexts);
    const callee = openParty(call.callee, this.#openTexts);
    const reason = this.#openTexts.of(call.reason);
    const isSame = caller === call.caller && callee === call.callee && reason === call.reason;
    return isSame ? call : { ...call, caller, callee, reason };
  }

  registration(record: RegistrationRecord): RegistrationRecord {
    if (!this.#settings.secrets && !this.#masksUsers) return record;
    const { account, aor } = record;
    const known = new Set([userOf(account), userOf(aor)].filter((user) => user !== ""));
    return {
      ...record,
      account: this.#account(account),
      aor: this.#account(aor),
      contact: this.#text(record.contact, known),
      userAgent: this.#text(record.userAgent, known),
      reason: this.#text(record.reason, known),
    };
  }

  #party(party: CallParty, known: ReadonlySet<string>): CallParty {
    return {
      ...party,
      user: this.#user(party.user),
      contact: this.#text(party.contact, known),
      agent: this.#text(party.agent, known),
    };
  }

  #number(number: PhoneNumber | null): PhoneNumber | null {
    return number === null ? null : { ...number, e164: this.#user(number.e164) };
  }

  sip(record: SipRecord): SipRecord {
    if (!this.#masksUsers) return this.#settings.secrets ? openSipRecord(record) : record;
    const { dialog } = record;
    const masked = {
      ...dialog,
      // Tools hide there what they try.
      fromTag: this.#text(dialog.fromTag, NOBODY),
      toTag: this.#text(dialog.toTag, NOBODY),
      fromUser: this.#user(dialog.fromUser),
      toUser: this.#user(dialog.toUser),
      account: this.#account(dialog.account),
    };
    return { ...record, sip: this.#sip(record.sip, NOBODY), dialog: masked };
  }

  #knownUsers({ voip }: Alert): ReadonlySet<string> {
    if (!this.#masksUsers) return NOBODY;
    const users = [voip.fromUser, voip.toUser, userOf(voip.account), userOf(voip.aor)];
    return new Set(users.filter((user) => user !== undefined && user !== "") as string[]);
  }

  #sip(sip: SipFields, known: ReadonlySet<string>): SipFields {
    const masked: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(sip)) {
      masked[key] = typeof value === "string" ? this.#text(value, known) : this.#sdp(value, 0);
    }
    return masked;
  }

  /** `sdp` is three levels of objects and lists. */
  #sdp(value: unknown, depth: number): unknown {
    if (typeof value === "string") return this.#text(value, NOBODY);
    if (typeof value !== "object" || value === null || depth > SDP_DEPTH_MAX) return undefined;
    if (Array.isArray(value)) return value.map((item) => this.#sdp(item, depth + 1));
    const fields = Object.entries(value).map(([name, item]) => [name, this.#sdp(item, depth + 1)]);
    const masked: Record<string, unknown> = Object.fromEntries(fields);
    if (this.#masksUsers && depth === 0) this.#sdpSession(value as Fields, masked);
    return masked;
  }

  /** RFC 8866 5.2 to 5.6: the lines that name the sender. */
  #sdpSession(session: Fields, masked: Fields): void {
    for (const key of ["email", "phone_number"]) if (key in session) masked[key] = REDACTED;
    const { origin } = session;
    if (typeof origin !== "string") return;
    const [user = "", ...rest] = origin.split(" ");
    if (user === "-") return;
    masked.origin = [this.#user(user), ...rest].join(" ");
    for (const key of ["session_name", "session_info"]) {
      const text = session[key];
      if (typeof text === "string") masked[key] = this.#text(text, new Set([user]));
    }
  }

  #contradiction(item: Contradiction, known: ReadonlySet<string>): Contradiction {
    const { what, expected } = item;
    let seen = this.#settings.secrets ? withoutSecrets(item.seen) : item.seen;
    if (this.#masksUsers && what === QUOTED_HEADER) {
      // A name to show may stand anywhere in it (RFC 3261 20.10).
      const colon = seen.indexOf(":");
      seen = `${colon < 0 ? "" : `${seen.slice(0, colon)}: `}${REDACTED}`;
    } else if (this.#masksUsers && what === QUOTED_TOOL) {
      seen = this.#toolText(seen);
    }
    return { what, expected, seen: this.#masksUsers ? this.#text(seen, known) : seen };
  }

  /** `user`, `user:***`, or the address that the tool was aimed at; or a sentence of ours. */
  #toolText(text: string): string {
    const [user = "", ...rest] = text.split(":");
    if (text.includes(" ") || isIP(user) !== 0) return text;
    return [this.#user(user), ...rest].join(":");
  }

  #counter(counter: AlertCounter): AlertCounter {
    return { ...counter, key: this.#trackKey(counter.track, counter.key) };
  }

  #trackKey(track: string, key: string): string {
    if (!ACCOUNT_TRACKS.has(track)) return key;
    if (track !== "by_client_account") return this.#account(key);
    const blank = key.indexOf(" ") + 1;
    return key.slice(0, blank) + this.#account(key.slice(blank));
  }

  /** A text from a packet. */
  #text(text: string, known: ReadonlySet<string>): string {
    const open = this.#settings.secrets ? withoutSecrets(text) : text;
    return this.#masksUsers ? withMaskedUsers(open, known, (user) => this.#user(user)) : open;
  }

  #account(text: string): string {
    const user = userOf(text);
    return user === "" ? text : this.#user(user) + text.slice(user.length);
  }

  #user(user: string): string {
    if (user === "") return user;
    const plain = unescaped(user);
    const isNumber = /^[+\d*#().-]+$/.test(plain) && /\d/.test(plain);
    switch (isNumber ? this.#settings.numbers : this.#settings.users) {
      case "hash":
        return this.#hash(plain);
      case "partial":
        return isNumber ? partialNumber(plain) : `${[...plain][0]}***`;
      default:
        return user;
    }
  }

  #hash(user: string): string {
    if (this.#key === null) return REDACTED;
    const digest = createHmac("sha256", this.#key).update(user, "latin1").digest("hex");
    return `h-${digest.slice(0, HASH_DIGITS)}`;
  }
}

type Fields = Record<string, unknown>;

const NOBODY: ReadonlySet<string> = new Set();
const SDP_DEPTH_MAX = 4;

function userOf(account = ""): string {
  return account.slice(0, Math.max(0, account.lastIndexOf("@")));
}

function partialNumber(number: string): string {
  const hidden = Math.min(HIDDEN_DIGITS, Math.ceil(number.length / 2));
  return number.slice(0, number.length - hidden) + "*".repeat(hidden);
}
