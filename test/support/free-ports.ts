import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Below those that a system chooses by itself (RFC 6335 6: from 49152; Linux from 32768). */
const FIRST = 10_000;
const END = 30_000;
const TRIES_MAX = 1_000;

/**
 * Ports of 127.0.0.1 for programs that a test starts and that cannot be told to let the system choose. Nobody else comes by them
 * meanwhile: the system gives them to no client, no test of the same run gets one twice, and they are free for UDP and TCP. A
 * client that tries such a port again and again never meets itself, as it does where the system chooses (a TCP simultaneous
 * open, RFC 9293 3.5).
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let left = TRIES_MAX; ports.length < count; left--) {
    if (left === 0) throw new Error(`no ${count} free ports between ${FIRST} and ${END}`);
    const port = randomInt(FIRST, END);
    if (isFirst(port) && (await isFree(port))) ports.push(port);
  }
  return ports;
}

/** A port where nobody listens. */
export async function closedPort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

/** Whether no test of this run has had it: the folder of the run (test/support/run-folder.ts) remembers. */
function isFirst(port: number): boolean {
  try {
    closeSync(openSync(join(tmpdir(), `port-${port}`), "wx"));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  }
}

async function isFree(port: number): Promise<boolean> {
  const tcp = createServer();
  const udp = createSocket("udp4");
  try {
    const listening = [once(tcp, "listening"), once(udp, "listening")];
    tcp.listen(port, "127.0.0.1");
    udp.bind(port, "127.0.0.1");
    return (await Promise.allSettled(listening)).every(({ status }) => status === "fulfilled");
  } finally {
    tcp.close();
    udp.close();
  }
}
