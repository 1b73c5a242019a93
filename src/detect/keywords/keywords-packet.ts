import {
  acknowledgementOf,
  FlagsCondition,
  type HeaderNumber,
  icmpCodeOf,
  icmpIdOf,
  icmpSequenceOf,
  icmpTypeOf,
  ipIdOf,
  ipProtocolOf,
  parseIpProtocol,
  sequenceOf,
  tosOf,
  ttlOf,
  windowOf,
} from "../payload/header-condition.ts";
import { parseSizeCondition, type SizeCondition } from "../payload/size-condition.ts";
import { VlanCondition, vlanLayersOf } from "../payload/vlan-condition.ts";
import { RuleError } from "../rules/load-message.ts";
import { flag, type Keyword, type OptionValue, plain } from "../rules/rule-draft.ts";

/** What rules ask of the headers of a packet, and Suricata's keywords that have no effect on a sensor that keeps evidence. */
export const PACKET_KEYWORDS: readonly Keyword[] = [
  number("ttl", "time to live, or hop limit of IPv6", "the time to live", ttlOf),
  number("tos", "type of service, or traffic class of IPv6", "the type of service", tosOf),
  number("id", "identification of an IPv4 packet", "the IPv4 identification", ipIdOf),
  number("itype", "type of an ICMP message", "the ICMP type", icmpTypeOf),
  number("icode", "code of an ICMP message", "the ICMP code", icmpCodeOf),
  number("icmp_id", "identifier of an ICMP echo", "the ICMP identifier", icmpIdOf),
  number("icmp_seq", "sequence number of an ICMP echo", "the ICMP sequence", icmpSequenceOf),
  number(
    "ip_proto",
    "protocol over IP, as a number or a name",
    "the protocol over IP",
    ipProtocolOf,
    parseIpProtocol,
  ),
  number("vlan.layers", "VLAN tags, 0 to 3", "the number of VLAN tags", vlanLayersOf),
  plain("vlan.id", "VLAN id of the packet's tags: ID[,any|all|LAYER]", (rule, value) => {
    const condition = new VlanCondition(value);
    rule.conditions.push({
      isOnPacket: true,
      text: condition.text,
      holds: ({ packet }) => packet !== null && condition.matches(packet),
    });
  }),
  onSegments("seq", "sequence number of a TCP segment", sequenceOf),
  onSegments("ack", "acknowledgement number of a TCP segment", acknowledgementOf),
  onSegments("window", "window of a TCP segment", windowOf),
  ...["flags", "tcp.flags"].map((name) =>
    plain(name, "flags of a TCP segment: S, SA, +A, *SF, !R, S,12", (rule, value) => {
      const flags = new FlagsCondition(value);
      rule.isOnSegments = true;
      rule.conditions.push({
        isOnPacket: true,
        text: `the TCP flags are ${flags.text}`,
        holds: ({ segment }) => segment !== null && flags.matches(segment.flags),
      });
    }),
  ),
  flag("sameip", "source and destination are one address", (rule) => {
    rule.conditions.push({
      text: "source and destination are one address",
      holds: ({ dstHost, srcHost }) => srcHost === dstHost && srcHost >= 0,
    });
  }),
  plain("tag", "no effect: --evidence keeps the packets around an alert", (rule, value) => {
    const isKnown = /^(session|host)\b[\w\s,]*$/.test(value.text);
    if (!isKnown)
      throw new RuleError(`tag is session,... or host,..., not "${value.text}"`, value.at);
    rule.warn("tag has no effect: --evidence keeps the packets around each alert", value.keywordAt);
  }),
];

/** A keyword that compares a number of the headers. */
function number(
  name: string,
  about: string,
  what: string,
  read: HeaderNumber,
  parse: (value: OptionValue) => SizeCondition = parseSizeCondition,
): Keyword {
  return plain(name, about, (rule, value) => {
    const condition = parse(value);
    rule.conditions.push({
      isOnPacket: true,
      text: `${what} is ${condition}`,
      holds: ({ packet, segment }) => {
        const found = packet === null ? -1 : read(packet, segment);
        return found >= 0 && condition.matches(found);
      },
    });
  });
}

/** The same of a TCP header: such a rule is asked about each segment, not about SIP messages of streams. */
function onSegments(name: string, about: string, read: HeaderNumber): Keyword {
  const keyword = number(name, about, `the ${about}`, read);
  return {
    ...keyword,
    apply(rule, value) {
      rule.isOnSegments = true;
      keyword.apply(rule, value);
    },
  };
}
