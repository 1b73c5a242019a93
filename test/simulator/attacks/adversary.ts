import type { Scene } from "../scene.ts";
import { type Agent, sourceOf } from "../sip/agent.ts";
import { respond } from "../sip/message.ts";
import type { Transaction } from "../sip/transaction.ts";
import { type Endpoint, Place } from "../wire/network.ts";
import type { Evasion } from "./attack.ts";

/** Who attacks in one scene, by which means, and whom: alerts have to name one of the two. */
export class Adversary {
  readonly scene: Scene;
  readonly evasions: ReadonlySet<Evasion>;
  /** Addresses that the attack comes from, forged ones left out. */
  readonly sources = new Set<string>();
  readonly victims = new Set<string>();
  #turn = 0;

  constructor(scene: Scene, evasions: readonly Evasion[]) {
    this.scene = scene;
    this.evasions = new Set(evasions);
  }

  has(evasion: Evasion): boolean {
    return this.evasions.has(evasion);
  }

  /** From here on it is an attack. */
  begins(...victims: readonly string[]): void {
    this.scene.attackAt = this.scene.now;
    for (const victim of victims) this.victims.add(victim);
  }

  /** Waits so long, or five times as long. */
  pause(seconds: number): void {
    this.scene.wait(this.has("slowed-5x") ? 5 * seconds : seconds);
  }

  /** The next of the adversary's own addresses. */
  source(port = 5060): Endpoint {
    const count = this.has("20-sources") ? 20 : this.has("5-sources") ? 5 : 1;
    const ip = Place.attacker(this.#turn++ % count);
    this.sources.add(ip);
    return this.scene.endpoint(ip, port);
  }

  /** A host on the LAN that writes another source address: its own MAC and TTL. */
  forging(victim: Endpoint, port = victim.port): Endpoint {
    const machine = this.scene.network.machine(Place.lanStranger(this.scene.slot));
    this.sources.add(machine.ip);
    return { machine, port, ip: victim.ip ?? victim.machine.ip };
  }

  /** The adversary as a user agent, with a tool's name unless it hides its habits. */
  agent(user: string, domain: string, endpoint = this.source()): Agent {
    const ip = endpoint.ip ?? endpoint.machine.ip;
    return {
      endpoint,
      ownIp: ip,
      ownPort: endpoint.port,
      user,
      domain,
      password: "guess",
      userAgent: this.has("no-tool-habits") ? "Yealink SIP-T46S 66.85.0.5" : "friendly-scanner",
      mediaIp: ip,
    };
  }

  /** A final answer in the server's name just before its own: what the sensor sees first is not what the server says. */
  forgeAnswer(asked: Transaction): void {
    if (!this.has("forged-503")) return;
    const { scene } = this;
    const [client, server] = asked.path as [Agent, Agent];
    const liar = this.forging(server.endpoint);
    const forged = respond(asked.request, 503, {
      toTag: scene.random.hex(8),
      source: sourceOf(client),
    });
    scene.now += 0.0003;
    scene.send(liar, client.endpoint, forged.text());
  }

  branch(): string {
    return this.has("constant-branch") ? "-524287-1---d8754z" : this.scene.random.hex(16);
  }
}
