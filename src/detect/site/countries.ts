import ipaddr from "ipaddr.js";
import { type CountryResponse, Reader } from "maxmind";
import { BoundedMap } from "../../base/bounded-map.ts";
import { type HostKey, ipv4Text, isIpv6Host, plainHost } from "../../decode/host.ts";
import type { AddressOf } from "../counters/suppression.ts";

/** Hosts whose country is remembered: a lookup decodes a record of the database. */
const HOSTS_MAX = 65_536;

/** Countries of addresses, from an MMDB file that the operator has (GeoLite2-Country, GeoIP2, DB-IP, ...). */
export class Countries {
  readonly #reader: Reader<CountryResponse>;
  readonly #known = new BoundedMap<HostKey, string>(HOSTS_MAX);

  /** Throws when the content is no MMDB. */
  constructor(content: Buffer) {
    this.#reader = new Reader<CountryResponse>(content);
  }

  /** ISO 3166-1 code in capitals; "" when the database does not know. */
  of(end: AddressOf): string {
    const { host } = end;
    if (host < 0) return "";
    let code = this.#known.get(host);
    if (code === undefined) {
      code = this.#lookUp(textOf(end));
      this.#known.set(host, code);
    }
    return code;
  }

  #lookUp(address: string): string {
    try {
      return this.#reader.get(address)?.country?.iso_code ?? "";
    } catch {
      // An IPv6 address in a database of IPv4, or a damaged record.
      return "";
    }
  }
}

function textOf({ host, bytes, at }: AddressOf): string {
  if (!isIpv6Host(host)) return ipv4Text(plainHost(host));
  return ipaddr.fromByteArray([...bytes.subarray(at, at + 16)]).toString();
}
