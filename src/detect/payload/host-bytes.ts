import ipaddr from "ipaddr.js";
import { type HostKey, isIpv6Host } from "../../decode/host.ts";
import type { AddressOf } from "../counters/suppression.ts";
import type { MatchContext } from "../match-context.ts";

/**
 * The bytes of one end of what is matched, as address sets need them for IPv6. The packet has them
 * when the end is one of its own; else they are made from the host's remembered text. Reused.
 */
export class HostBytes implements AddressOf {
  host: HostKey = -1;
  bytes: Uint8Array;
  at = 0;
  readonly #own = new Uint8Array(16);

  constructor() {
    this.bytes = this.#own;
  }

  locate(host: HostKey, context: MatchContext): this {
    this.host = host;
    if (!isIpv6Host(host)) return this;
    const { packet } = context;
    if (packet !== null && (packet.srcHost === host || packet.dstHost === host)) {
      this.bytes = packet.bytes;
      this.at = packet.srcHost === host ? packet.srcAddressStart : packet.dstAddressStart;
      return this;
    }
    this.bytes = this.#own;
    this.at = 0;
    const text = context.names.text(host);
    if (ipaddr.IPv6.isValid(text)) this.#own.set(ipaddr.IPv6.parse(text).toByteArray());
    else this.#own.fill(0);
    return this;
  }
}
