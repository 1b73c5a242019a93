import { SdpView } from "../../src/decode/sdp.ts";
import { AddressView } from "../../src/decode/sip/address.ts";
import { CredentialsView } from "../../src/decode/sip/credentials.ts";
import { HeaderId } from "../../src/decode/sip/headers.ts";
import { SipMessageView } from "../../src/decode/sip/message.ts";
import { sessionBodyOf } from "../../src/decode/sip/session-body.ts";
import { ViaView, viaCount } from "../../src/decode/sip/via.ts";

const ADDRESSES: readonly number[] = [
  HeaderId.FROM,
  HeaderId.TO,
  HeaderId.CONTACT,
  HeaderId.RECORD_ROUTE,
];

/** Everything that trackers ask of a SIP message, asked of each. Reused. */
export class DecodeAll {
  readonly message = new SipMessageView();
  readonly via = new ViaView();
  readonly address = new AddressView();
  readonly credentials = new CredentialsView();
  readonly sdp = new SdpView();
  readonly body = { start: 0, end: 0 };

  /** False when it is not SIP. */
  decode(bytes: Buffer): boolean {
    const { message, address, body } = this;
    if (!message.decode(bytes, 0, bytes.length, false)) return false;
    this.via.decode(message);
    viaCount(message);
    if (message.isRequest) address.decodeUri(bytes, message.uri.start, message.uri.end);
    for (const header of ADDRESSES) {
      for (let i = message.indexOf(header); i >= 0; i = message.indexOf(header, i + 1)) {
        const start = message.valueSpans[2 * i] as number;
        address.decode(bytes, start, message.valueSpans[2 * i + 1] as number);
      }
    }
    this.credentials.decode(message);
    for (let i = 0; i < this.credentials.count; i++) this.credentials.at(i);
    body.start = 0;
    body.end = 0;
    if (sessionBodyOf(message, body)) this.sdp.decode(bytes, body.start, body.end);
    return true;
  }
}
