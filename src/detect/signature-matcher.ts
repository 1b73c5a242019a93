import { isIpv6Host } from "../decode/host.ts";
import type { FlowTable } from "../track/flow.ts";
import type { MatchContext } from "./match-context.ts";
import { BufferInspector } from "./payload/buffer-inspector.ts";
import type { BufferReader } from "./payload/buffer-reader.ts";
import { BufferId } from "./payload/buffers.ts";
import { HostBytes } from "./payload/host-bytes.ts";
import { TransformedValue } from "./payload/transforms.ts";
import type { RuleCosts } from "./rules/rule-costs.ts";
import type { RuleState } from "./rules/rule-state.ts";
import type {
  BufferSection,
  FlowCondition,
  HeaderDirection,
  Signature,
} from "./rules/signature.ts";

/** Says whether all conditions of a signature but its counter hold. Allocates nothing for IPv4. */
export class SignatureMatcher {
  readonly inspector = new BufferInspector();
  /** Signatures evaluated past their header. */
  evaluations = 0;
  readonly #flows: FlowTable;
  readonly #reader: BufferReader;
  readonly #state: RuleState;
  readonly #transformed = new TransformedValue();
  readonly #costs: RuleCosts;
  readonly #src = new HostBytes();
  readonly #dst = new HostBytes();

  constructor(parts: {
    flows: FlowTable;
    reader: BufferReader;
    state: RuleState;
    costs: RuleCosts;
  }) {
    this.#flows = parts.flows;
    this.#reader = parts.reader;
    this.#state = parts.state;
    this.#costs = parts.costs;
  }

  matches(signature: Signature, context: MatchContext): boolean {
    if (this.#costs.isSuspended(signature.id, context.timeUs)) return false;
    if (!signature.takesAnyHeader && !this.#headerMatches(signature, context)) return false;
    this.evaluations++;
    if (signature.flow !== null && !this.#flowMatches(signature.flow, context)) return false;
    if (signature.dsize !== null) {
      if (context.packet === null || !signature.dsize.matches(context.packet.payloadWireLength)) {
        return false;
      }
    }
    if (!this.#sectionsMatch(signature, context)) return false;
    if (signature.conditions.length > 0 && !this.#conditionsHold(signature, context)) return false;
    // What a baseline learns does not depend on bits: they are asked when it is about to alert.
    return signature.counter?.type === "baseline" || this.#state.holds(signature, context);
  }

  isSuppressed(signature: Signature, context: MatchContext): boolean {
    if (signature.suppressions.length === 0) return false;
    const src = this.#src.locate(context.srcHost, context);
    const dst = this.#dst.locate(context.dstHost, context);
    for (const { track, addresses } of signature.suppressions) {
      if (track !== "by_dst" && addresses.matches(src.host, src.bytes, src.at)) return true;
      if (track !== "by_src" && addresses.matches(dst.host, dst.bytes, dst.at)) return true;
    }
    return false;
  }

  #conditionsHold({ conditions }: Signature, context: MatchContext): boolean {
    const src = this.#src.locate(context.srcHost, context);
    const dst = this.#dst.locate(context.dstHost, context);
    return conditions.every((condition) => condition.holds(context, src, dst));
  }

  #headerMatches(signature: Signature, context: MatchContext): boolean {
    const { directions, ipVersion, transport } = signature;
    const { packet } = context;
    if (transport !== 0 && packet !== null && packet.ipProtocol !== transport) return false;
    if (ipVersion !== 0 && isIpv6Host(context.srcHost) !== (ipVersion === 6)) return false;
    for (let i = 0; i < directions.length; i++) {
      if (this.#directionMatches(directions[i] as HeaderDirection, context)) return true;
    }
    return false;
  }

  #directionMatches(direction: HeaderDirection, context: MatchContext): boolean {
    if (!direction.dstPorts.matches(context.dstPort)) return false;
    if (!direction.srcPorts.matches(context.srcPort)) return false;
    if (!direction.src.isAny) {
      const src = this.#src.locate(context.srcHost, context);
      if (!direction.src.matches(src.host, src.bytes, src.at)) return false;
    }
    if (!direction.dst.isAny) {
      const dst = this.#dst.locate(context.dstHost, context);
      if (!direction.dst.matches(dst.host, dst.bytes, dst.at)) return false;
    }
    return true;
  }

  #flowMatches(flow: FlowCondition, { packet, flowSlot }: MatchContext): boolean {
    if (packet === null || flowSlot < 0) return false;
    if (flow.established !== null && this.#flows.isEstablished(flowSlot) !== flow.established) {
      return false;
    }
    if (flow.direction === null) return true;
    return this.#flows.isToServer(flowSlot, packet) === (flow.direction === "to_server");
  }

  #sectionsMatch(signature: Signature, context: MatchContext): boolean {
    const { sections } = signature;
    if (sections.length === 0) return true;
    const { inspector } = this;
    inspector.begin(this.#costs.stepsMax);
    let isMatch = true;
    for (let i = 0; i < sections.length && isMatch; i++) {
      const section = sections[i] as BufferSection;
      isMatch =
        (section.isDecidedByMethod && context.isMethodKnown) || this.#sectionMatches(section);
    }
    if (inspector.pcreSteps === 0) return isMatch;
    this.#costs.charge(signature, inspector.pcreSteps, context);
    return isMatch && !inspector.isOverspent;
  }

  /** One value of the buffer satisfies all matches of the section. */
  #sectionMatches(section: BufferSection): boolean {
    const reader = this.#reader;
    const { buffer, matches } = section;
    const count = reader.count(buffer);
    if (section.absent !== "no") {
      if (count === 0) return true;
      if (section.absent === "only") return false;
    }
    const bytes = reader.bytes(buffer);
    for (let i = 0; i < count; i++) {
      const start = reader.start(buffer, i);
      const end = reader.end(buffer, i);
      // As in Suricata, what is looked at must be there: no `content:!` matches an empty datagram.
      if (buffer === BufferId.PAYLOAD && end === start && matches.length > 0) continue;
      if (this.#valueMatches(section, bytes, start, end)) return true;
    }
    return false;
  }

  #valueMatches(section: BufferSection, bytes: Buffer, start: number, end: number): boolean {
    const { bsize, matches, transforms } = section;
    if (transforms.length > 0) {
      const value = this.#transformed.of(transforms, bytes, start, end);
      if (bsize !== null && !bsize.matches(value.length)) return false;
      return this.inspector.inspect(matches, value, 0, value.length);
    }
    if (bsize !== null && !bsize.matches(end - start)) return false;
    return this.inspector.inspect(matches, bytes, start, end);
  }
}
