import { isIP } from "node:net";
import { attackName, attackPage } from "../outputs/attack-names.ts";
import { cut } from "../outputs/case-message.ts";
import { type EveRecord, rfc3339 } from "../outputs/eve-record.ts";
import { observableId, ownId } from "./stix-id.ts";

/** Predefined markings (STIX 2.1 7.2.1.4); whoever reads the bundle has them. */
export const TLP = {
  white: "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
  green: "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
  amber: "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",
  red: "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
} as const;
export type Tlp = keyof typeof TLP;

export interface StixCase {
  /** The last record of the case. */
  readonly record: EveRecord;
  /** MITRE ATT&CK techniques that its alerts name. */
  readonly techniques: readonly string[];
  readonly tlp: Tlp;
}

type Stix = Readonly<Record<string, unknown>> & { readonly type: string; readonly id: string };

const NAME_MAX = 200;
/** STIX 2.1 4.14: most that an observation may count. */
const OBSERVED_MAX = 999_999_999;
const UNSAFE = /[\0-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/**
 * A case as a STIX 2.1 bundle: a campaign with its techniques, who acted and upon whom as observables, and indicators of
 * those addresses alone that were proven to be the attacker's own and that nobody else depends on. The same case gives the same text.
 */
export function stixBundle(input: StixCase): object {
  return new BundleMaker(input).bundle();
}

class BundleMaker {
  readonly #record: EveRecord;
  readonly #techniques: readonly string[];
  readonly #case: string;
  readonly #common: object;
  readonly #span: { readonly first: string; readonly last: string };
  readonly #objects = new Map<string, Stix>();
  readonly #sensor: string;

  constructor({ record, techniques, tlp }: StixCase) {
    this.#record = record;
    this.#techniques = techniques;
    this.#case = record.text("case", "id");
    const first = stixTime(record.text("case", "start"));
    const last = stixTime(record.text("case", "end"));
    this.#span = { first, last };
    const told = stixTime(record.text("timestamp"));
    const name = plain(record.text("host")) || "sipsentry";
    this.#sensor = ownId("identity", name);
    const times = { created: first, modified: latest(first, told) };
    const marked = { spec_version: "2.1", ...times, object_marking_refs: [TLP[tlp]] };
    this.#common = { ...marked, created_by_ref: this.#sensor };
    this.#put({ type: "identity", id: this.#sensor, ...marked, name, identity_class: "system" });
  }

  bundle(): object {
    const record = this.#record;
    const title = plain(record.text("case", "title"));
    const campaign = this.#own("campaign", "", {
      name: cut(title, NAME_MAX),
      description: this.#texts("story").join("\n"),
      ...{ first_seen: this.#span.first, last_seen: this.#span.last },
    });
    for (const pattern of this.#patterns()) this.#relate(campaign, "uses", pattern);
    const observed = record
      .records("case", "attackers", "values")
      .flatMap((attacker) => this.#attacker(attacker, campaign));
    if (observed.length > 0) {
      this.#own("sighting", "", {
        sighting_of_ref: campaign,
        where_sighted_refs: [this.#sensor],
        observed_data_refs: observed,
        ...{ first_seen: this.#span.first, last_seen: this.#span.last },
        count: Math.min(OBSERVED_MAX, Math.max(1, record.number("case", "matches") ?? 1)),
      });
    }
    this.#victims();
    const advice = this.#texts("advice");
    if (advice.length > 0) {
      this.#own("note", "advice", {
        ...{ abstract: "What to do", content: advice.join("\n") },
        object_refs: [campaign],
      });
    }
    const refs = [...this.#objects.keys()];
    this.#own("grouping", "", {
      ...{ name: cut(title, NAME_MAX), context: "suspicious-activity", object_refs: refs },
      external_references: [{ source_name: "sipsentry", external_id: this.#case }],
    });
    const objects = [...this.#objects.values()];
    return { type: "bundle", id: ownId("bundle", this.#case), objects };
  }

  /** Techniques of ATT&CK; where its alerts name none, the kind of attack by our name. */
  #patterns(): string[] {
    const known = this.#techniques.map((id) => {
      const external = { source_name: "mitre-attack", external_id: id, url: attackPage(id) };
      return this.#own("attack-pattern", id, {
        ...{ name: attackName(id) ?? id, external_references: [external] },
      });
    });
    const attack = this.#record.text("case", "attack");
    if (known.length > 0 || attack === "") return known;
    return [this.#own("attack-pattern", attack, { name: plain(attack).replaceAll("_", " ") })];
  }

  /** The address as observed; and how to know it again, where that harms nobody else. */
  #attacker(attacker: EveRecord, campaign: string): string[] {
    const ip = attacker.text("ip");
    const address = this.#address(ip);
    if (address === null) return [];
    const count = Math.min(OBSERVED_MAX, Math.max(1, attacker.number("count") ?? 1));
    const { first, last } = this.#span;
    const observed = this.#own("observed-data", ip, {
      ...{ first_observed: first, last_observed: last, number_observed: count },
      object_refs: [address],
    });
    const isOwn = attacker.text("return_path") === "proven" && attacker.text("shared") === "";
    if (!isOwn || this.#record.texts("case", "forged").includes(ip)) return [observed];
    const indicator = this.#own("indicator", ip, {
      name: `${ip} attacked telephony`,
      description: "Proven to be the sender's own address; nobody else was seen to depend on it.",
      indicator_types: ["malicious-activity"],
      pattern: `[${isIP(ip) === 6 ? "ipv6-addr" : "ipv4-addr"}:value = '${ip}']`,
      ...{ pattern_type: "stix", pattern_version: "2.1", valid_from: first },
    });
    this.#relate(indicator, "indicates", campaign);
    this.#relate(indicator, "based-on", observed);
    return [observed];
  }

  #victims(): void {
    for (const victim of this.#record.records("case", "victims", "values"))
      this.#address(victim.text("value"));
    for (const account of this.#record.records("case", "accounts", "values")) {
      const login = plain(account.text("value"));
      if (login === "") continue;
      const id = observableId("user-account", { account_login: login });
      this.#put({ type: "user-account", spec_version: "2.1", id, account_login: login });
    }
    for (const mac of this.#record.texts("case", "macs")) {
      if (!/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/.test(mac)) continue;
      const id = observableId("mac-addr", { value: mac });
      this.#put({ type: "mac-addr", spec_version: "2.1", id, value: mac });
    }
  }

  /** Null for what is no address. */
  #address(ip: string): string | null {
    const version = isIP(ip);
    if (version === 0) return null;
    const type = version === 6 ? "ipv6-addr" : "ipv4-addr";
    return this.#put({
      type,
      spec_version: "2.1",
      id: observableId(type, { value: ip }),
      value: ip,
    });
  }

  #relate(source: string, type: string, target: string): void {
    this.#own("relationship", `${source} ${type} ${target}`, {
      ...{ relationship_type: type, source_ref: source, target_ref: target },
    });
  }

  #own(type: string, what: string, fields: object): string {
    return this.#put({ type, id: ownId(type, this.#case, what), ...this.#common, ...fields });
  }

  #put(object: Stix): string {
    if (!this.#objects.has(object.id)) this.#objects.set(object.id, object);
    return object.id;
  }

  #texts(name: string): string[] {
    return this.#record.texts("case", name).map(plain);
  }
}

/** Milliseconds are enough for a case; a time that is none is the beginning of all. */
function stixTime(eveTime: string): string {
  const time = rfc3339(eveTime);
  return time === "" ? "1970-01-01T00:00:00.000Z" : time.replace(/(\.\d{3})\d*Z$/, "$1Z");
}

/** Equal in form, so their order is that of their texts. */
function latest(...times: readonly string[]): string {
  return [...times].sort().at(-1) ?? "";
}

function plain(text: string): string {
  return text.replace(UNSAFE, "?").replaceAll("\n", " ");
}
