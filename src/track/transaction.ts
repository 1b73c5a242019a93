import type { Span } from "../base/ascii.ts";
import { BoundedMap } from "../base/bounded-map.ts";
import { combine53, hash53 } from "../base/hash.ts";
import { type HostKey, NO_HOST } from "../decode/host.ts";
import { HeaderId } from "../decode/sip/headers.ts";
import type { SipMessageView } from "../decode/sip/message.ts";
import { SipMethod } from "../decode/sip/methods.ts";
import { AddressView, ViaView } from "../decode/sip/params.ts";
import type { EventSubject } from "./event.ts";

/** One client transaction (RFC 3261 17.1), seen from outside. */
export class Transaction implements EventSubject {
  client: HostKey = NO_HOST;
  clientPort = 0;
  server: HostKey = NO_HOST;
  serverPort = 0;
  methodId: SipMethod = SipMethod.OTHER;
  cseq = -1;
  viaCount = 1;
  startUs = 0.5;
  /** 0 until a final response was seen. */
  finalStatus = 0;
  hasProvisional = false;
  /** This is the client's own hop, not a proxy's copy of it. */
  isFirstHop = true;
  hasCredentials = false;
  /** The server has shown that it took the credentials. */
  isAccepted = false;
  /** The request carried a To tag: it belongs to a dialog (RFC 3261 12.2). */
  isInDialog = false;
  callKey = 0.5;
  fromTagKey = 0.5;

  callId = "";
  method = "";
  fromUser = "";
  toUser = "";
  uriUser = "";
  authUser = "";
  realm = "";
  account = "";
  aor = "";
  userAgent = "";
  contact = "";
  digestResponse = "";
  nonce = "";
  readonly stream = "";
}

/** The fields that identify a message, hashed once per message (RFC 3261 17.1.3, 17.2.3, 12). Reused. */
export class MessageKeys {
  callKey = 0.5;
  fromTagKey = 0.5;
  toTagKey = 0.5;
  hasToTag = false;
  /** Call-ID, From tag, CSeq number and the method that CSeq names: all hops and answers share it. */
  requestKey = 0.5;
  /** `requestKey` and the topmost branch: one hop. */
  hopKey = 0.5;
  readonly from = new AddressView();
  readonly to = new AddressView();
  readonly via = new ViaView();
  readonly #span: Span = { start: 0, end: 0 };

  decode(message: SipMessageView, method: SipMethod): void {
    const bytes = message.bytes;
    const span = this.#span;
    this.callKey = message.value(HeaderId.CALL_ID, span) ? hash53(bytes, span.start, span.end) : 0;
    this.fromTagKey = this.#address(message, HeaderId.FROM, this.from);
    this.toTagKey = this.#address(message, HeaderId.TO, this.to);
    this.hasToTag = this.to.tag.end > this.to.tag.start;
    this.requestKey = combine53(
      combine53(this.callKey, this.fromTagKey),
      message.cseq * 16 + method,
    );
    this.hopKey = this.#hopKey(message);
  }

  /** Key of the transaction of another method on the same hop: the INVITE that a CANCEL names. */
  hopKeyOf(message: SipMessageView, method: SipMethod): number {
    const requestKey = combine53(
      combine53(this.callKey, this.fromTagKey),
      message.cseq * 16 + method,
    );
    const branch = this.via.branch;
    return hash53(message.bytes, branch.start, branch.end, requestKey);
  }

  #hopKey(message: SipMessageView): number {
    this.via.decode(message);
    const branch = this.via.branch;
    return hash53(message.bytes, branch.start, branch.end, this.requestKey);
  }

  #address(message: SipMessageView, header: number, address: AddressView): number {
    const span = this.#span;
    if (!message.value(header, span)) {
      span.start = 0;
      span.end = 0;
    }
    address.decode(message.bytes, span.start, span.end);
    return hash53(message.bytes, address.tag.start, address.tag.end);
  }
}

/** Client transactions by hop and client; bounded, the oldest goes. */
export class TransactionTable {
  /** Hop key and client host: a copy from another host is another transaction. */
  readonly byHop: BoundedMap<number, Transaction>;
  /** First transaction of each request, whichever hop it was seen on. */
  readonly #byRequest: BoundedMap<number, Transaction>;

  constructor(capacity: number) {
    this.byHop = new BoundedMap(capacity);
    this.#byRequest = new BoundedMap(capacity);
  }

  find(hopKey: number, client: HostKey): Transaction | undefined {
    return this.byHop.get(combine53(hopKey, client));
  }

  /** The first hop's transaction of that request. */
  firstHop(requestKey: number): Transaction | undefined {
    return this.#byRequest.get(requestKey);
  }

  /** Files a new transaction and decides whether it is its request's first hop. */
  add(keys: MessageKeys, transaction: Transaction): void {
    const first = this.#byRequest.get(keys.requestKey);
    // A proxy's copy has more Vias and another sender. A guesser that keeps Call-ID and CSeq does not.
    transaction.isFirstHop =
      first === undefined ||
      transaction.viaCount <= first.viaCount ||
      transaction.client === first.client;
    if (transaction.isFirstHop) this.#byRequest.set(keys.requestKey, transaction);
    this.byHop.set(combine53(keys.hopKey, transaction.client), transaction);
  }
}
