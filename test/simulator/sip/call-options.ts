import type { MediaPort } from "../media/media-port.ts";
import type { Codec } from "../media/rtp.ts";
import type { SdpFields } from "../media/sdp.ts";
import type { Agent } from "./agent.ts";
import type { Call } from "./call.ts";
import type { Header } from "./message.ts";

export interface CallOptions {
  /** Proxies between the two, in the caller's order. They stay in the path. */
  readonly proxies?: readonly Agent[];
  /** User part that is dialled; the callee's own unless given. */
  readonly dialled?: string;
  /** The first server asks the caller for credentials. */
  readonly isChallenged?: boolean;
  readonly codec?: Codec;
  /** What the SDP of a side says beside the usual. */
  readonly sdp?: Partial<SdpFields>;
  readonly callerMedia?: MediaPort;
  readonly calleeMedia?: MediaPort;
  readonly inviteHeaders?: readonly Header[];
  /** Another branch of this call's INVITE, which its last proxy forked (RFC 3261 16.6). */
  readonly forkOf?: Call;
}
