import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../live/child.ts";
import { freePorts } from "../support/free-ports.ts";
import { isListening, Loopback, missingFor, sidsOf } from "./loopback.ts";

const TOOLS = ["turnserver", "turnutils_uclient"];
const missing = missingFor(...TOOLS);
const USER = ["-u", "guest", "-w", "secret"];
const INSIDE = 9_113_001;
const PRIVATE_NOTE = 9_113_901;
const OPEN_NOTE = 9_113_902;

interface Scene {
  readonly relay: readonly string[];
  /** Arguments of each client, behind user and address. */
  readonly clients: readonly (readonly string[])[];
}

/** A real relay and real clients, one after the other; what the shipped rules say. */
async function played(loopback: Loopback, { clients, relay }: Scene): Promise<number[]> {
  const { folder } = loopback;
  const [port = 0] = await freePorts(1);
  const own = ["-L", "127.0.0.1", "-E", "127.0.0.1", "-p", String(port), "--no-cli"];
  const files = ["--log-file", "stdout", "--pidfile", `${folder}/pid`, "--userdb", `${folder}/db`];
  const ports = ["--min-port", "41000", "--max-port", "41100", "--no-tls", "--no-dtls"];
  const server = loopback.start("turnserver", "-n", ...own, ...files, ...ports, ...relay);
  await server.said(/IO method \(admin thread\)/, 40_000);
  await loopback.capture(`port ${port}`);
  // From then on what is sent to it waits until its threads are up.
  const isUp = () => isListening("udp", "127.0.0.1", port) && isListening("tcp", "127.0.0.1", port);
  await until(isUp, 40_000, () => `it does not listen: ${server.stdout} ${server.stderr}`);
  for (const args of clients) {
    const client = loopback.start("turnutils_uclient", ...USER, "-p", String(port), ...args);
    // Nobody answers at the peer, so the client never ends by itself.
    const isDone = () => /start_mclient|403/.test(client.stdout + client.stderr);
    await until(isDone, 40_000, () => `no client: ${client.stdout} ${client.stderr}`);
    client.signal("SIGKILL");
    await client.ended(20_000);
  }
  const run = await loopback.replay();
  server.signal("SIGKILL");
  await server.ended(20_000);
  return sidsOf(run);
}

const GUARDED = ["--lt-cred-mech", "-u", "guest:secret", "-r", "example.org"];
const DENIED = ["10.0.0.0-10.255.255.255", "169.254.0.0-169.254.255.255"].flatMap((range) => [
  "--denied-peer-ip",
  range,
]);

describe.skipIf(missing !== "")(`rules/relay.rules and a real coturn ${missing}`, () => {
  let loopback: Loopback;

  beforeAll(() => {
    loopback = new Loopback("coturn", TOOLS);
  });

  afterAll(async () => {
    await loopback?.end();
  });

  const client = (peer: string, ...more: readonly string[]) => [
    ...["-e", peer, "-n", "1", "-c", ...more, "127.0.0.1"],
  ];

  it("as installed it relays to the metadata of a cloud: an alarm, over UDP and over TCP", async () => {
    const overUdp = { relay: GUARDED, clients: [client("169.254.169.254")] };
    expect(await played(loopback, overUdp)).toEqual([INSIDE]);
    const overTcp = { relay: GUARDED, clients: [client("169.254.169.254", "-t")] };
    expect(await played(loopback, overTcp)).toEqual([INSIDE]);
  });

  it("one private address of a peer at home is a note, once", async () => {
    const scene = { relay: GUARDED, clients: [client("10.1.2.3"), client("10.1.2.4", "-t")] };
    expect(await played(loopback, scene)).toEqual([PRIVATE_NOTE]);
  });

  it("with denied-peer-ip it answers 403: silence", async () => {
    const scene = {
      relay: [...GUARDED, ...DENIED],
      clients: [client("10.1.2.3"), client("169.254.169.254", "-t")],
    };
    expect(await played(loopback, scene)).toEqual([]);
  });

  it("without credentials it is open: a note", async () => {
    const scene = { relay: ["--no-auth"], clients: [client("192.0.2.7")] };
    expect(await played(loopback, scene)).toEqual([OPEN_NOTE]);
  });
});
