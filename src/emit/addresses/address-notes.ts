import { type AsnResponse, type CountryResponse, Reader, type Response } from "maxmind";
import { BoundedMap } from "../../base/bounded-map.ts";
import { hashText53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { MacVendors } from "./mac-vendors.ts";

/** What is known of an address beside what it did. Empty texts and 0 where nothing is. */
export interface AddressNote {
  readonly ip: string;
  /** ISO 3166-1, by the operator's database. */
  readonly country: string;
  readonly asn: number;
  readonly asOrg: string;
  /** As a DNS answer in the traffic had it. Whoever can send packets can forge one: a hint, no proof. */
  readonly name: string;
  /** Of private addresses only: others are behind a router, whose address it would be. */
  readonly mac: string;
  readonly vendor: string;
}

export interface AddressSources {
  /** Contents of MMDB files; null without one. */
  readonly country: Buffer | null;
  readonly asn: Buffer | null;
  readonly vendors: MacVendors;
  /** MAC by which packets of the address are known to come; "" while unknown, null of an address behind a router. */
  readonly macOf: (ip: string) => string | null;
}

/** Names and looked-up addresses that are kept. */
const NAMES_MAX = 65_536;
const KNOWN_MAX = 16_384;
const ORG_MAX = 96;
/** Devices are known by a MAC after a while: looked at again after so many questions. */
const ASK_EVERY = 8_192;

interface Place {
  readonly country: string;
  readonly asn: number;
  readonly asOrg: string;
}

const NOWHERE: Place = { country: "", asn: 0, asOrg: "" };

/** Who is behind an address: looked up when a record is written, never for a packet. */
export class AddressNotes {
  readonly #country: Reader<CountryResponse> | null;
  readonly #asn: Reader<AsnResponse> | null;
  readonly #sources: AddressSources;
  #notes = new BoundedMap<string, AddressNote | null>(KNOWN_MAX);
  #untilAnew = ASK_EVERY;
  readonly #places = new BoundedMap<string, Place>(KNOWN_MAX);
  readonly #names = new KeyMap<string>(NAMES_MAX);

  /** Throws when a content is no MMDB. */
  constructor(sources: AddressSources) {
    const { asn, country } = sources;
    this.#sources = sources;
    this.#country = country && new Reader<CountryResponse>(country);
    this.#asn = asn && new Reader<AsnResponse>(asn);
  }

  /** A DNS answer gave the address this name. */
  readonly learnName = (ip: string, name: string): void => {
    const key = hashText53(ip);
    this.#names.set(key, name);
    this.#names.touch(key);
    this.#notes.delete(ip);
  };

  /** Null when nothing is known. The same object until something new may be known: what has no MAC so far is looked up each time. */
  of(ip: string): AddressNote | null {
    if (ip === "") return null;
    if (--this.#untilAnew <= 0) this.#forget();
    let note = this.#notes.get(ip);
    if (note === undefined) {
      const mac = this.#sources.macOf(ip);
      note = this.#look(ip, mac ?? "");
      if (mac !== "") this.#notes.set(ip, note);
    }
    return note;
  }

  #forget(): void {
    this.#untilAnew = ASK_EVERY;
    this.#notes = new BoundedMap(KNOWN_MAX);
  }

  #look(ip: string, mac: string): AddressNote | null {
    const { vendors } = this.#sources;
    const place = this.#placeOf(ip);
    const name = this.#names.size === 0 ? "" : (this.#names.get(hashText53(ip)) ?? "");
    if (place === NOWHERE && name === "" && mac === "") return null;
    return { ip, ...place, name, mac, vendor: mac === "" ? "" : vendors.of(mac) };
  }

  #placeOf(ip: string): Place {
    if (this.#country === null && this.#asn === null) return NOWHERE;
    let place = this.#places.get(ip);
    if (place === undefined) {
      const country = found(this.#country, ip)?.country?.iso_code ?? "";
      const as = found(this.#asn, ip);
      const asn = as?.autonomous_system_number ?? 0;
      const asOrg = String(as?.autonomous_system_organization ?? "").slice(0, ORG_MAX);
      place = country === "" && asn === 0 ? NOWHERE : { country, asn, asOrg };
      this.#places.set(ip, place);
    }
    return place;
  }
}

function found<T extends Response>(reader: Reader<T> | null, ip: string): T | null {
  try {
    return reader?.get(ip) ?? null;
  } catch {
    // An IPv6 address in a database of IPv4, or a damaged record.
    return null;
  }
}
