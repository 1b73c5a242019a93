import type { HostNames } from "../../decode/host-names.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { CallMedia } from "../calls/call-media.ts";
import { CALLEE, CALLER } from "../calls/calls.ts";
import type { SeenPacket } from "../facts/packet-origin.ts";
import { wayText } from "../hosts/way.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { type Deed, DeedKind, Sign } from "./deed.ts";
import { answerDeed } from "./deed-requests.ts";
import { wayOf } from "./way.ts";

/** As for who hangs up (`DeedMedia`). */
const WENT_ON_MS = 1_000;
const WENT_ON_PACKETS = 25;
/** Who hangs up has stopped by then. */
const STOPPED_US = 300_000;

export interface ByeAnswerParts {
  readonly media: CallMedia;
  readonly names: HostNames;
}

/**
 * BYEs that somebody swallows and answers himself: who hung up takes the call for over, and the other side has never heard of it and talks (and pays)
 * on. That another node or router answers is ordinary, and so is an announcement that plays to its end: it is the two together that tell. An answer
 * that is forged by the very way of who was asked looks like a long announcement (`AfterBye`).
 */
export class ByeAnswers {
  readonly #parts: ByeAnswerParts;

  constructor(parts: ByeAnswerParts) {
    this.#parts = parts;
  }

  /** 2xx to the BYE from a host that was not asked. */
  foreign(
    packet: PacketView,
    transaction: Transaction,
    { status, keep }: { status: number; keep: () => SeenPacket },
    bye: Deed,
  ): void {
    if (bye.kind !== DeedKind.BYE || bye.status > 0 || bye.oddAnswer !== null) return;
    const { names } = this.#parts;
    const answer = this.#mark(answerDeed(packet, transaction, status, bye.call), bye);
    const asked = names.text(transaction.server);
    const by = names.text(packet.srcHost);
    answer.accuse(Sign.FOREIGN, `answer ${status} to BYE`, `from ${asked}, which was asked`, by);
    answer.origin = keep();
    bye.oddAnswer = answer;
  }

  /** 2xx in the name of who was asked. */
  accepted(packet: PacketView, transaction: Transaction, bye: Deed): void {
    if (bye.kind !== DeedKind.BYE) return;
    bye.oddAnswer = null;
    const way = wayOf(packet);
    const known = bye.call.parties.otherWay(packet.srcHost, way);
    if (known === null) return;
    const answer = this.#mark(answerDeed(packet, transaction, bye.status, bye.call), bye);
    const seen = wayText(way.mac, way.ttl);
    answer.accuse(Sign.OTHER_WAY, "way of the answer to BYE", wayText(known.mac, known.ttl), seen);
    bye.oddAnswer = answer;
  }

  /** The BYE is settled: its odd answer, where the side that was asked goes on as if it had not been; else null. */
  weigh(bye: Deed): Deed | null {
    const { oddAnswer: answer, call } = bye;
    bye.oddAnswer = null;
    if (answer === null || answer.mediaMark === null || bye.isAccused) return null;
    const { media, names } = this.#parts;
    const { client, sentUs, way } = answer;
    const side = bye.side === CALLER ? CALLEE : CALLER;
    const mine = media.lastHeardUs(call, { side: bye.side, tagKey: bye.dialogTagKey });
    if (mine > sentUs + STOPPED_US) return null;
    if (answer.has(Sign.FOREIGN)) {
      const isKnown = call.isParty(client) || call.parties.neighbourOf(client, way, names) >= 0;
      if (isKnown || bye.status > 0) return null;
    } else {
      const known = call.parties.otherWay(client, way);
      // Another router would bring the host's media, too.
      if (known === null || !media.comesBy(call, client, known, sentUs + WENT_ON_MS * 1000)) {
        return null;
      }
    }
    const { endpoint, ms, packets } = media.since(call, side, answer.mediaMark, sentUs);
    if (ms < WENT_ON_MS || packets < WENT_ON_PACKETS) return null;
    answer.accuse(
      Sign.MEDIA_WENT_ON,
      "media of the side that was to hang up",
      "silence once it has answered",
      `${endpoint} went on for ${ms} ms, ${packets} packets`,
    );
    return answer;
  }

  #mark(answer: Deed, { call, dialogTagKey }: Deed): Deed {
    answer.mediaMark = this.#parts.media.mark(call, dialogTagKey);
    return answer;
  }
}
