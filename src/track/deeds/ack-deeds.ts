import type { PacketView } from "../../decode/packet.ts";
import type { Call } from "../calls/calls.ts";
import type { EventSubject } from "../facts/event.ts";
import type { SeenPacket } from "../facts/packet-origin.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";
import type { Deed, MediaMove } from "./deed.ts";
import { ackDeed, answeredBefore, isToldOf } from "./deed-requests.ts";
import type { DeedSigns } from "./deed-signs.ts";

/** ACKs with a session description: the answer to an offer that came in the 2xx (RFC 3261 13.2.2.4). Nobody answers them. */
export class AckDeeds {
  readonly #signs: DeedSigns;
  readonly #onAccused: (deed: Deed) => void;

  /** `onAccused`: one that is to be weighed. */
  constructor(signs: DeedSigns, onAccused: (deed: Deed) => void) {
    this.#signs = signs;
    this.#onAccused = onAccused;
  }

  /** False when it is doubted. `isMove`: the side did not have that address before. */
  acknowledged(
    packet: PacketView,
    keys: MessageKeys,
    request: { cseq: number; subject: EventSubject; keep: () => SeenPacket },
    call: Call,
    { audio, isMove }: { audio: MediaMove; isMove: boolean },
  ): boolean {
    if (!call.isLive) return true;
    const deed = ackDeed(packet, keys, request, call);
    deed.move = audio;
    if (isMove) this.#signs.ofRequest(deed, keys, true);
    const before = answeredBefore(deed);
    if (before !== undefined && !deed.isAccused) this.#signs.ofSecondAck(deed, before);
    if (!deed.isAccused) {
      // Another answer to the same offer is compared with the first one.
      deed.isSettled = true;
      if (before === undefined) call.addDeed(deed);
      return true;
    }
    if (isToldOf(deed)) return false;
    deed.origin = request.keep();
    this.#onAccused(deed);
    return false;
  }
}
