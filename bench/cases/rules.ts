import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Frame, LinkType } from "../../src/capture/frame.ts";
import { decodePacket } from "../../src/decode/decode-packet.ts";
import { HostNames } from "../../src/decode/host-names.ts";
import { PacketView } from "../../src/decode/packet.ts";
import { SipMessageView } from "../../src/decode/sip/message.ts";
import { Engine } from "../../src/detect/engine.ts";
import { loadRules } from "../../src/detect/rules/load-rules.ts";
import { DEFAULT_VARIABLES } from "../../src/detect/rules/variables.ts";
import { AppProto } from "../../src/track/app-proto.ts";
import { EventList, NO_SUBJECT } from "../../src/track/facts/event.ts";
import { EventKind } from "../../src/track/facts/event-kind.ts";
import { FlowTable } from "../../src/track/flow.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

/** One measured figure of rule evaluation. */
export interface RuleFigure {
  readonly name: string;
  readonly rules: number;
  readonly nsPerPacket: number;
  readonly bytesPerPacket: number;
}

const ROUNDS = 5;
const AGENTS = ["Yealink SIP-T46S 66.84", "Asterisk PBX 18.1", "Zoiper rv2.10", "friendly-scanner"];

/** Rules of four kinds in turn: packet content, message buffer, fact with a threshold, ratio. */
export function ruleText(count: number): string {
  const rules: string[] = [];
  for (let i = 0; i < count; i++) {
    const sid = `sid:${1_000_000 + i};`;
    const port = i % 3 === 0 ? "5060" : "any";
    const made = [
      `alert udp any any -> any ${port} (content:"attack-tool-${i}|20|"; nocase; ${sid})`,
      `alert sip any any -> any any (sip.user_agent; content:"scanner-${i}/"; threshold:type limit, track by_src, count 1, seconds 60; ${sid})`,
      `alert sip any any -> any any (sip.method; content:"OPTIONS"; sip.uri; content:"sip|3a|victim${i}@"; ${sid})`,
      `alert udp any any -> any 5060 (content:"REGISTER"; depth:8; content:"From|3a 20 22|crack${i}|22|"; distance:0; ${sid})`,
    ];
    rules.push(made[i % made.length] ?? "");
  }
  return `${rules.join("\n")}\n`;
}

/** The mix that a shipped set has: mostly rules on facts, all of which count. */
export function factRuleText(count: number): string {
  const rules: string[] = [];
  for (let i = 0; i < count; i++) {
    const made = [
      `app-layer-event:sip.request; threshold:type both, track by_client, count ${1e6 + i}, seconds 60;`,
      `app-layer-event:sip.auth_failed; threshold:type both, track by_client, count 20, seconds 60, unique_on account;`,
      `ratio: 404 / 401 407 200, above 3, min ${1e6 + i}, track by_client, seconds 60;`,
      `app-layer-event:sip.bye_foreign_source;`,
    ];
    rules.push(`alert sip any any -> any any (${made[i % made.length]} sid:${2_000_000 + i};)`);
  }
  return `${rules.join("\n")}\n`;
}

class RuleBench {
  readonly #flows = new FlowTable(1024);
  readonly #names = new HostNames();
  readonly #packets: PacketView[] = [];
  readonly #messages: (SipMessageView | null)[] = [];
  readonly #slots: number[] = [];
  readonly #events = new EventList();

  addSip(agent: string, index: number): void {
    const text = [
      `${index % 2 === 0 ? "REGISTER" : "OPTIONS"} sip:example.org SIP/2.0`,
      `Via: SIP/2.0/UDP 192.0.2.${index}:5060;branch=z9hG4bK${index}abcdef;rport`,
      "Max-Forwards: 70",
      `From: "Line ${index}" <sip:10${index}@example.org>;tag=9fxced76sl${index}`,
      `To: <sip:10${index}@example.org>`,
      `Call-ID: 3848276298220188511@192.0.2.${index}`,
      `CSeq: ${index} REGISTER`,
      `Contact: <sip:10${index}@192.0.2.${index}:5060;transport=udp>;expires=3600`,
      `User-Agent: ${agent}`,
      'Authorization: Digest username="bob", realm="example.org", nonce="84a4cc6f3082121f32b42a2187831a9e", uri="sip:example.org", response="7587245234b3434cc3412213e5f113a5"',
      "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, MESSAGE, SUBSCRIBE, INFO",
      "Content-Length: 0",
      "",
      "",
    ].join("\r\n");
    this.#add(Buffer.from(text), 5060, 5060, AppProto.SIP);
  }

  addRtp(): void {
    const payload = Buffer.alloc(172);
    payload[0] = 0x80;
    this.#add(payload, 30_000, 40_000, AppProto.RTP);
  }

  /** Nanoseconds and heap bytes per packet of `Engine.inspect` alone, the best of some rounds. */
  measure(name: string, rules: string, withFacts: boolean, packets: number): RuleFigure {
    const ruleSet = load(rules);
    const engine = new Engine(ruleSet, this.#names, this.#flows, () => {});
    const run = (count: number): void => {
      for (let i = 0; i < count; i++) this.#inspect(engine, i % this.#packets.length, withFacts);
    };
    run(packets);
    let nsPerPacket = Number.POSITIVE_INFINITY;
    let bytesPerPacket = 0;
    for (let round = 0; round < ROUNDS; round++) {
      globalThis.gc?.();
      const heap = process.memoryUsage().heapUsed;
      const start = process.hrtime.bigint();
      run(packets);
      const ns = Number(process.hrtime.bigint() - start) / packets;
      bytesPerPacket = (process.memoryUsage().heapUsed - heap) / packets;
      nsPerPacket = Math.min(nsPerPacket, ns);
    }
    return { name, rules: ruleSet.signatures.length, nsPerPacket, bytesPerPacket };
  }

  #inspect(engine: Engine, index: number, withFacts: boolean): void {
    const packet = this.#packets[index] as PacketView;
    const message = this.#messages[index] as SipMessageView | null;
    const events = this.#events;
    events.clear();
    if (withFacts && message !== null) {
      const kind = index % 2 === 0 ? EventKind.SIP_REQUEST : EventKind.SIP_RESPONSE;
      const event = events.raise(kind, packet.timeUs, 200);
      if (event !== null) {
        event.srcHost = packet.srcHost;
        event.dstHost = packet.dstHost;
        event.subject = NO_SUBJECT;
        event.packet = packet;
        event.sip = message;
      }
    }
    engine.inspect(packet, this.#slots[index] as number, message, events);
  }

  #add(payload: Buffer, srcPort: number, dstPort: number, appProto: AppProto): void {
    const bytes = Buffer.alloc(28 + payload.length);
    bytes[0] = 0x45;
    bytes.writeUInt16BE(bytes.length, 2);
    bytes[8] = 64;
    bytes[9] = 17;
    bytes.set([192, 0, 2, 1 + this.#packets.length, 198, 51, 100, 1], 12);
    bytes.writeUInt16BE(srcPort, 20);
    bytes.writeUInt16BE(dstPort, 22);
    bytes.writeUInt16BE(8 + payload.length, 24);
    bytes.set(payload, 28);
    const frame = new Frame();
    frame.bytes = bytes;
    frame.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    frame.end = bytes.length;
    frame.wireLength = bytes.length;
    frame.linkType = LinkType.RAW;
    frame.timeUs = 1.7e15;
    const packet = new PacketView();
    decodePacket(frame, packet);
    const slot = this.#flows.track(packet);
    this.#flows.setAppProto(slot, appProto);
    const message = new SipMessageView();
    const isSip = message.decode(bytes, packet.payloadStart, packet.payloadEnd, false);
    this.#packets.push(packet);
    this.#messages.push(isSip ? message : null);
    this.#slots.push(slot);
  }
}

function load(text: string) {
  const folder = new TemporaryFolder("sipsentry-bench-");
  try {
    const file = join(folder.path, "bench.rules");
    writeFileSync(file, text);
    const { ruleSet, failed } = loadRules({ files: [file], variables: DEFAULT_VARIABLES });
    if (failed > 0) throw new Error(`${failed} bench rules do not load`);
    return ruleSet;
  } finally {
    folder.remove();
  }
}

/** Rule-count scaling: SIP and RTP packets against 0, 50 and 1,000 rules. */
export function benchRules(packets = 400_000): RuleFigure[] {
  const sip = new RuleBench();
  for (const [index, agent] of AGENTS.entries()) sip.addSip(agent, index);
  const rtp = new RuleBench();
  rtp.addRtp();
  const figures: RuleFigure[] = [];
  for (const count of [0, 50, 1000]) {
    figures.push(sip.measure("sip, content rules", ruleText(count), false, packets));
  }
  for (const count of [0, 20, 60]) {
    figures.push(sip.measure("sip, fact rules", factRuleText(count), true, packets));
  }
  // Rules of a shipped set name ports or facts; none of them can match media.
  const onPorts = (count: number) => ruleText(count).replaceAll("-> any any", "-> any 5060");
  for (const count of [0, 50, 1000]) {
    figures.push(rtp.measure("rtp, rules on SIP ports", onPorts(count), false, 10 * packets));
  }
  return figures;
}
