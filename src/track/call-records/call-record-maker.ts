import { isIpv6Host } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import { protocolName } from "../../decode/layer.ts";
import { CALLER, type Call } from "../calls/calls.ts";
import { FlowIds } from "../flow-ids.ts";
import type { CallCosts } from "../numbers/call-costs.ts";
import type { CallNotes } from "./call-notes.ts";
import type { CallReason, CallRecord, CallState } from "./call-record.ts";
import type { CallStreams } from "./call-streams.ts";
import { PackedText, unpackedText } from "./packed-texts.ts";

/** RFC 3261 9.1, 15.1.2: what a cancelled INVITE is answered with. */
const REQUEST_TERMINATED = 487;
const NOTHING: readonly never[] = [];

/** Turns what was noted of a call into a record. */
export class CallRecordMaker {
  readonly #streams: CallStreams;
  readonly #names: HostNames;
  readonly #costs: CallCosts;
  readonly #flowIds: FlowIds;

  constructor(streams: CallStreams, names: HostNames, costs: CallCosts) {
    this.#streams = streams;
    this.#names = names;
    this.#costs = costs;
    this.#flowIds = new FlowIds(names);
  }

  /** The call as it is at `timeUs`, and `why` it is told of. The record's own time is the call's end, once that is known. */
  of(call: Call, notes: CallNotes, why: CallReason, timeUs: number): CallRecord {
    const names = this.#names;
    const { client, server } = call;
    const { texts } = notes;
    const dialled = unpackedText(texts, PackedText.DIALLED);
    const endUs = why === "hour" || why === "answer" ? 0 : notes.endUs;
    const untilUs = endUs > 0 ? endUs : timeUs;
    const durationUs = notes.answerUs > 0 ? Math.max(0, untilUs - notes.answerUs) : 0;
    const isCharged = why !== "answer" && notes.answerUs > 0;
    const hasMedia = why !== "answer" && (notes.answerUs > 0 || call.isPartial);
    const srcIp = names.text(client);
    const destIp = names.text(server);
    // One literal with all there is, whatever the call: a spread in it would cost more than the rest.
    const record: CallRecord = {
      timeUs: endUs > 0 ? endUs : timeUs,
      packetNumber: 0,
      place: notes.place,
      flowId: this.#flowId(call, notes),
      vlan: notes.vlan,
      srcIp,
      srcPort: notes.callerPort,
      destIp,
      destPort: notes.calleePort,
      proto: protocolName(notes.ipProtocol),
      ipVersion: client < 0 ? 0 : isIpv6Host(client) ? 6 : 4,
      callId: unpackedText(texts, PackedText.CALL_ID),
      state: stateOf(call, notes, why),
      why,
      account: unpackedText(texts, PackedText.ACCOUNT),
      caller: {
        ip: srcIp,
        port: notes.callerPort,
        user: unpackedText(texts, PackedText.CALLER_USER),
        contact: unpackedText(texts, PackedText.CALLER_CONTACT),
        agent: notes.callerAgent,
      },
      callee: {
        ip: destIp,
        port: notes.calleePort,
        user: unpackedText(texts, PackedText.CALLEE_USER),
        contact: notes.calleeContact,
        agent: notes.calleeAgent,
      },
      dialled,
      assertedUser: unpackedText(texts, PackedText.ASSERTED_USER),
      setupUs: notes.setupUs,
      ringUs: notes.ringUs,
      answerUs: notes.answerUs,
      endUs,
      durationUs,
      code: notes.code,
      reason: notes.reason,
      hungUpBy: hungUpBy(notes, endUs),
      codecs: notes.formats?.codecs ?? NOTHING,
      encryption: notes.formats?.encryption ?? "",
      holds: notes.holds,
      holdUs: notes.heldUs(untilUs),
      streams: hasMedia ? this.#streams.of(call, notes) : NOTHING,
      agentMos: notes.agentMos,
      alertIds: notes.alertIds,
      cost: isCharged ? this.#costs.of(dialled, durationUs) : null,
      isPartial: call.isPartial,
    };
    return notes.innerVlan < 0 ? record : { ...record, innerVlan: notes.innerVlan };
  }

  /** A hash, made once for all records of the call. */
  #flowId({ client, server }: Call, notes: CallNotes): number {
    if (notes.flowId >= 0) return notes.flowId;
    const { callerPort: srcPort, calleePort: dstPort, ipProtocol, flowStartUs } = notes;
    const ends = { srcHost: client, srcPort, dstHost: server, dstPort, ipProtocol, flowStartUs };
    notes.flowId = this.#flowIds.of(ends);
    return notes.flowId;
  }
}

function stateOf(call: Call, notes: CallNotes, why: CallReason): CallState {
  if (why === "answer") return "answered";
  // Whoever hangs up was connected, even where the answer was not seen.
  if (notes.answerUs > 0 || call.isPartial || notes.bySide !== null)
    return notes.endUs > 0 ? "ended" : "ongoing";
  if (notes.isCancelled || notes.code === REQUEST_TERMINATED) return "cancelled";
  return notes.code >= 300 && notes.endUs > 0 ? "failed" : "unanswered";
}

function hungUpBy({ bySide, isCancelled }: CallNotes, endUs: number): "caller" | "callee" | "" {
  if (isCancelled) return "caller";
  if (bySide === null || endUs === 0) return "";
  return bySide === CALLER ? "caller" : "callee";
}
