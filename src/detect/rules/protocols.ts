import { didYouMean, RuleError, RuleSkipped } from "./load-message.ts";
import type { Token } from "./rule-lexer.ts";
import type { Carrier } from "./signature.ts";

/** What a protocol name in a rule header means here. */
export interface RuleProtocol {
  readonly name: string;
  readonly carrier: Carrier;
  /** 4 or 6, or 0 for both. */
  readonly ipVersion: number;
  /** Has no packets of its own: facts only. */
  readonly isFactsOnly: boolean;
  /** 17 or 6, or 0 for both. */
  readonly transport: number;
  /** Whatever IP carries. */
  readonly isOnIp: boolean;
}

function protocol(
  name: string,
  carrier: Carrier,
  fields: Partial<RuleProtocol> = {},
): RuleProtocol {
  const isOnIp = name.startsWith("ip");
  return {
    name,
    carrier,
    ipVersion: 0,
    transport: 0,
    isFactsOnly: false,
    isOnIp,
    ...fields,
  };
}

const PROTOCOLS: ReadonlyMap<string, RuleProtocol> = new Map(
  [
    protocol("ip", "any"),
    protocol("ip4", "any", { ipVersion: 4 }),
    protocol("ipv4", "any", { ipVersion: 4 }),
    protocol("ip6", "any", { ipVersion: 6 }),
    protocol("ipv6", "any", { ipVersion: 6 }),
    protocol("udp", "any", { transport: 17 }),
    protocol("sip", "sip"),
    protocol("rtp", "rtp"),
    protocol("rtcp", "rtcp"),
    protocol("stun", "stun"),
    protocol("call", "any", { isFactsOnly: true }),
    protocol("icmp", "icmp"),
    protocol("icmpv4", "icmp", { ipVersion: 4 }),
    protocol("icmpv6", "icmp", { ipVersion: 6 }),
    ...["tcp", "tcp-pkt", "tcp-stream"].map((name) => protocol(name, "any", { transport: 6 })),
  ].map((row) => [row.name, row]),
);

/** Protocols that Suricata knows and this program does not decode: their rules are skipped. */
const FOREIGN: ReadonlySet<string> = new Set(
  `http http1 http2 ftp ftp-data smtp tls ssl ssh imap pop3 smb dcerpc dns nfs ntp tftp ike krb5 quic
  dhcp snmp rfb mqtt modbus dnp3 enip pgsql telnet websocket ldap doh2 rdp bittorrent-dht mdns bacnet
  sctp igmp pkthdr ether arp`.split(/\s+/),
);

/** Looks a protocol up; foreign ones throw `RuleSkipped`, unknown ones `RuleError`. */
export function parseProtocol(token: Token): RuleProtocol {
  const [name = "", hook] = token.text.split(":");
  const known = PROTOCOLS.get(name);
  if (known !== undefined && hook !== undefined) {
    throw new RuleError(`rule hooks ("${token.text}") are not supported`, token.at);
  }
  if (known !== undefined) return known;
  if (FOREIGN.has(name)) throw new RuleSkipped(name);
  throw new RuleError(
    `protocol "${name}" cannot be used in a signature: it is not known.${didYouMean(name, PROTOCOLS.keys())}`,
    token.at,
  );
}
