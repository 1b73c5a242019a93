import type { HostKey } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import { macKey } from "../../decode/mac-twins.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { Call } from "../calls/calls.ts";
import { isSameTtl, wayText } from "../hosts/way.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";
import { type Deed, DeedKind, Sign } from "./deed.ts";
import { type DeedMedia, MediaAfter } from "./deed-media.ts";

/** Two BYEs of one side closer than this are glare or a retry, not a contradiction. */
const GLARE_US = 2_000_000;

/** BYEs that a party disowns: it hangs up for itself although somebody had done so in its name. */
export class DisownedByes {
  readonly #names: HostNames;
  readonly #media: DeedMedia;
  readonly #onLate: (deed: Deed, nowUs: number) => void;

  /** `onLate`: a deed that was settled before has got another sign. */
  constructor(names: HostNames, media: DeedMedia, onLate: (deed: Deed, nowUs: number) => void) {
    this.#names = names;
    this.#media = media;
    this.#onLate = onLate;
  }

  /** A party hangs up, although somebody had hung up in its name before and was believed. */
  compare(own: Deed, nowUs: number): void {
    const names = this.#names;
    const { call } = own;
    const isRefused = own.status === 481;
    if (!isRefused && own.status >= 300) return;
    if (own.isAccused && !call.isPartial) return;
    for (const earlier of call.deeds) {
      if (earlier === own || earlier.kind !== DeedKind.BYE || earlier.acceptedUs === 0) continue;
      if (earlier.side !== own.side || earlier.dialogTagKey !== own.dialogTagKey) continue;
      if (own.sentUs - earlier.sentUs <= GLARE_US || earlier.hopKey === own.hopKey) continue;
      // pjsip answers 200 to any BYE: without 481 the earlier one must be suspect for itself.
      if (!isRefused && !earlier.isAccused) continue;
      const lateMs = Math.round((own.sentUs - earlier.sentUs) / 1000);
      const seen = `${names.text(own.client)} hung up for itself ${lateMs} ms later and met ${own.status}`;
      if (comesByOtherWay(earlier, own)) {
        earlier.accuse(
          Sign.OTHER_WAY,
          "way of the BYE",
          `${wayText(own.way.mac, own.way.ttl)}, as the party's own`,
          wayText(earlier.way.mac, earlier.way.ttl),
        );
      }
      this.#disown(earlier, own.client, seen, nowUs);
    }
  }

  /** 481 to a BYE of a party that was not seen, from who took an earlier BYE in its name. */
  strayRefusal(call: Call, packet: PacketView, keys: MessageKeys): void {
    const names = this.#names;
    const nowUs = packet.timeUs;
    for (const earlier of call.deeds) {
      if (earlier.kind !== DeedKind.BYE || earlier.acceptedUs === 0) continue;
      if (earlier.fromTagKey !== keys.fromTagKey || earlier.hopKey === keys.hopKey) continue;
      if (earlier.server !== packet.srcHost || nowUs - earlier.acceptedUs <= GLARE_US) continue;
      const lateMs = Math.round((nowUs - earlier.sentUs) / 1000);
      const seen = `${names.text(packet.dstHost)} met 481 to another BYE ${lateMs} ms later`;
      this.#disown(earlier, packet.dstHost, seen, nowUs);
    }
  }

  /**
   * The party hung up once more. Some do so for themselves (a lost 200, two legs in one program), so that
   * proves only what is odd for another reason, came from another host, or was followed by the party's media.
   */
  #disown(earlier: Deed, by: HostKey, seen: string, nowUs: number): void {
    const after = this.#media.after(earlier);
    const isOdd = earlier.isAccused || earlier.client !== by || after === MediaAfter.WENT_ON;
    if (!isOdd && after === MediaAfter.STOPPED) return;
    const [what, expected] = ["end of the call", "one BYE of that party"];
    if (isOdd) earlier.prove(Sign.DISOWNED, what, expected, seen);
    else earlier.accuse(Sign.DISOWNED, what, expected, seen);
    if (earlier.isSettled) this.#onLate(earlier, nowUs);
  }
}

/** Both are in the name of one host, and neither MAC nor TTL is the same. */
function comesByOtherWay(earlier: Deed, own: Deed): boolean {
  const { mac, ttl, twins } = earlier.way;
  if (earlier.client !== own.client || mac < 0 || own.way.mac < 0) return false;
  return !isSameTtl(ttl, own.way.ttl) && !twins.areSame(macKey(mac), macKey(own.way.mac));
}
