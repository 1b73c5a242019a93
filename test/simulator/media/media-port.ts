import type { Scene } from "../scene.ts";
import type { Agent } from "../sip/agent.ts";
import type { Endpoint } from "../wire/network.ts";

/** Where a side receives media: on the wire, and as its SDP says. */
export interface MediaPort {
  readonly endpoint: Endpoint;
  readonly sdpIp: string;
  readonly sdpPort: number;
}

/** An even port of its own; behind a NAT the wire shows another port than the SDP. */
export function mediaPort(scene: Scene, agent: Agent): MediaPort {
  const port = 10_000 + 2 * scene.random.whole(0, 9_000);
  const isTranslated = agent.ownIp !== agent.endpoint.machine.ip;
  const wirePort = isTranslated ? 30_000 + 2 * scene.random.whole(0, 9_000) : port;
  return {
    endpoint: scene.endpoint(agent.mediaIp, wirePort),
    sdpIp: isTranslated ? agent.ownIp : agent.mediaIp,
    sdpPort: port,
  };
}
