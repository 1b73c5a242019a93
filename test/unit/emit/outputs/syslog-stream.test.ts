import { once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, expect, it } from "vitest";
import { SyslogStream } from "../../../../src/emit/outputs/syslog-stream.ts";

/** Longer than what the sender waits for an early end. */
const HELD_UP_MS = 40;
const IS_HELD_UP = 0;
const HAS_ENDED = 1;
/** Nobody changes it. */
const NEVER = 2;

/** In a thread of its own: ends each connection, unread, as soon as the sender is held up. */
const RECEIVER = `
  const { parentPort, workerData } = require("node:worker_threads");
  const held = new Int32Array(workerData);
  const server = require("node:net").createServer({ pauseOnConnect: true }, (socket) => {
    socket.on("error", () => {});
    Atomics.wait(held, ${IS_HELD_UP}, 0, 10_000);
    socket.end(() => {
      Atomics.store(held, ${HAS_ENDED}, 1);
      Atomics.notify(held, ${HAS_ENDED});
      socket.destroy();
    });
  });
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
`;

const held = new Int32Array(new SharedArrayBuffer(12));
let receiver: Worker;
let port = 0;

beforeEach(async () => {
  receiver = new Worker(RECEIVER, { eval: true, execArgv: [], workerData: held.buffer });
  [port] = await once(receiver, "message");
});
afterEach(async () => {
  await receiver.terminate();
});

/** This thread gets no processor, and the receiver's end comes meanwhile. */
function holdUp(): void {
  Atomics.store(held, IS_HELD_UP, 1);
  Atomics.notify(held, IS_HELD_UP);
  Atomics.wait(held, HAS_ENDED, 0, 10_000);
  Atomics.wait(held, NEVER, 0, HELD_UP_MS);
}

it("sees an early end that came while its thread was held up", async () => {
  for (let i = 0; i < 10; i++) {
    held.fill(0);
    const options = { tls: null, confirm: true, timeoutMs: 2_000 };
    const stream = new SyslogStream({ host: "127.0.0.1", port }, options);
    await stream.connect();
    const sent = stream.send([Buffer.from("a message")]).then(
      () => "taken",
      (error: Error) => error.message,
    );
    await turn();
    holdUp();
    expect(await sent).toBe("the receiver broke the connection off");
    stream.close();
  }
});

it("takes for an answer in time what came while its thread was held up", async () => {
  Atomics.store(held, IS_HELD_UP, 1);
  const options = { tls: null, confirm: false, timeoutMs: HELD_UP_MS / 2 };
  const stream = new SyslogStream({ host: "127.0.0.1", port }, options);
  const connected = stream.connect();
  // The request goes out, and is answered before anybody looks.
  await new Promise<void>((resolve) => process.nextTick(resolve));
  Atomics.wait(held, NEVER, 0, HELD_UP_MS);
  await expect(connected).resolves.toBeUndefined();
  stream.close();
});
