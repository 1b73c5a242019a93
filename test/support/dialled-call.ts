import { ask, requestOf } from "./sip-actors.ts";
import { audioSdp, challenge, credentials, sipResponse } from "./sip-builder.ts";
import { type Endpoint, sentBy, type Wire } from "./wire.ts";

export const PBX: Endpoint = { ip: "192.0.2.10", port: 5060 };

export interface CallFields {
  readonly server?: Endpoint;
  readonly seconds?: number;
  /** Without: the server connects it without a challenge. */
  readonly hasCredentials?: boolean;
  /** Final answer. */
  readonly status?: number;
  /** Digest username; by default the caller's user. */
  readonly account?: string;
  /** More header lines of the INVITE. */
  readonly headers?: readonly string[];
}

/** INVITE, 407, INVITE with credentials, 183, 200, ACK, and BYE when the time has come; time moves on to the answer. */
export function dial(
  wire: Wire,
  caller: Endpoint,
  user: string,
  number: string,
  fields: CallFields = {},
): void {
  const { server = PBX, seconds = 20, hasCredentials = true, status = 200 } = fields;
  const { account = user, headers: more = [] } = fields;
  const callId = wire.unique("call-");
  const fromTag = wire.unique("f");
  const nonce = wire.unique("n");
  const invite = (cseq: number, headers: string[]) =>
    requestOf(wire, caller, server, "INVITE", user, {
      to: number,
      callId,
      fromTag,
      cseq,
      headers: [...headers, ...more],
      sdp: audioSdp(caller.ip, 10_000),
    });
  if (hasCredentials) {
    ask(wire, caller, server, invite(1, []), 407, [challenge(nonce, "pbx", 407)]);
    wire.now += 0.02;
  }
  const sent = hasCredentials ? [credentials(account, nonce, wire.unique("r"), "pbx", 407)] : [];
  const asked = invite(2, sent);
  const toTag = wire.unique("t");
  wire.send(caller, server, asked.text);
  if (status === 200) wire.send(server, caller, sipResponse(asked, 183, { toTag }), 0.1);
  wire.now += 1;
  wire.send(server, caller, sipResponse(asked, status, { toTag, contact: sentBy(server) }));
  const inDialog = (method: string, cseq: number) =>
    requestOf(wire, caller, server, method, user, { to: number, callId, fromTag, toTag, cseq });
  wire.send(caller, server, inDialog("ACK", 2).text, 0.01);
  if (status !== 200) return;
  const bye = inDialog("BYE", 3);
  wire.send(caller, server, bye.text, seconds);
  wire.send(server, caller, sipResponse(bye, 200), seconds + 0.01);
}
