import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { freePorts } from "./free-ports.ts";
import { ethernet, ipv4, pcapFile } from "./pcap-writer.ts";

/** One read of a relay between a TLS client and its server. */
export interface TlsChunk {
  readonly from: "client" | "server";
  readonly bytes: Buffer;
}

export interface TlsTalk {
  readonly chunks: readonly TlsChunk[];
  /** What openssl logged. */
  readonly keyLog: string;
  readonly keyLogPath: string;
}

export type Said = readonly [from: "client" | "server", text: string];

export interface TlsTalkOptions {
  readonly server?: readonly string[];
  readonly client?: readonly string[];
  /** Without `-quiet` lines of one letter are commands of s_client (K updates keys). */
  readonly hasCommands?: boolean;
}

/** For what comes at once on a machine that has time. */
const WAIT_MS = 40_000;

/** openssl on this machine; "" when there is none. Throws in CI, where no test is skipped. */
export function opensslVersion(): string {
  const { stdout } = spawnSync("openssl", ["version"], { encoding: "utf8" });
  const version = /^OpenSSL (\S+)/.exec(stdout ?? "")?.[1] ?? "";
  if (version === "" && process.env.CI === "true") throw new Error("openssl is missing in CI");
  return version;
}

/** A key and a certificate for both kinds of key exchange, as PEM files in `dir`. */
export function makeServerKeys(dir: string): void {
  for (const [name, ...key] of [
    ["rsa", "rsa:2048"],
    ["ec", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
  ] as const) {
    const files = ["-keyout", `${name}.key`, "-out", `${name}.pem`];
    const rest = ["-noenc", "-days", "2", "-subj", "/CN=localhost"];
    const args = ["req", "-x509", "-newkey", ...key, ...files, ...rest];
    execFileSync("openssl", args, { cwd: dir, stdio: "ignore" });
  }
}

/** Lets `openssl s_client` and `s_server` say these texts to each other, and keeps what passed between them. */
export async function tlsTalk(
  dir: string,
  name: string,
  said: readonly Said[],
  options: TlsTalkOptions = {},
): Promise<TlsTalk> {
  const keyLogPath = join(dir, `${name}.keys`);
  writeFileSync(keyLogPath, "");
  const [port = 0] = await freePorts(1);
  const chunks: TlsChunk[] = [];
  const keys = ["-cert", "rsa.pem", "-key", "rsa.key", "-dcert", "ec.pem", "-dkey", "ec.key"];
  const listen = ["s_server", "-accept", `127.0.0.1:${port}`, "-quiet", ...keys];
  const server = openssl(dir, [...listen, "-keylogfile", keyLogPath, ...(options.server ?? [])]);
  const relay = await listening((socket) => relayTo(socket, port, chunks));
  const { port: relayPort } = relay.address() as AddressInfo;
  const quiet = options.hasCommands === true ? [] : ["-quiet"];
  const connect = ["s_client", "-connect", `127.0.0.1:${relayPort}`, ...quiet];
  const client = openssl(dir, [...connect, ...(options.client ?? [])]);
  try {
    for (const [from, text] of said) {
      const [mouth, ear] = from === "client" ? [client, server] : [server, client];
      const sent = () => chunks.filter((chunk) => chunk.from === from).length;
      const before = sent();
      mouth.child.stdin?.write(text);
      // A command to openssl is not heard, but seen.
      if (text.length > 2) await ear.hears(text);
      else await mouth.does(text, () => sent() > before);
    }
    await Promise.all([client.end(), server.end()]);
  } finally {
    relay.close();
    for (const { child } of [client, server]) child.kill("SIGKILL");
  }
  return { chunks, keyLog: readFileSync(keyLogPath, "latin1"), keyLogPath };
}

/** The chunks as TCP between 10.0.0.1:40000 and 10.0.0.2:5061, in segments of so many bytes. */
export function tlsFrames(chunks: readonly TlsChunk[], segmentBytes = 1400): Buffer[] {
  const next = { client: 1000, server: 0xfffffc00 };
  const frames = [
    segment("client", 0x02, next.client++, 0),
    segment("server", 0x12, next.server++, next.client),
    segment("client", 0x10, next.client, next.server),
  ];
  for (const { from, bytes } of chunks) {
    const to = from === "client" ? "server" : "client";
    for (let at = 0; at < bytes.length; at += segmentBytes) {
      const part = bytes.subarray(at, at + segmentBytes);
      frames.push(segment(from, 0x18, next[from], next[to], part));
      next[from] = (next[from] + part.length) % 2 ** 32;
    }
  }
  return frames;
}

export function tlsCapture(chunks: readonly TlsChunk[], segmentBytes = 1400): Buffer {
  const packets = tlsFrames(chunks, segmentBytes).map((bytes, i) => ({
    bytes,
    timeUs: 1_800_000_000_000_000 + 1000 * i,
  }));
  return pcapFile(packets);
}

function segment(
  from: "client" | "server",
  flags: number,
  seq: number,
  ack: number,
  data: Uint8Array = Buffer.alloc(0),
): Buffer {
  const tcp = Buffer.alloc(20);
  const isClient = from === "client";
  tcp.writeUInt16BE(isClient ? 40_000 : 5061, 0);
  tcp.writeUInt16BE(isClient ? 5061 : 40_000, 2);
  tcp.writeUInt32BE(seq % 2 ** 32, 4);
  tcp.writeUInt32BE(ack % 2 ** 32, 8);
  tcp[12] = 0x50;
  tcp[13] = flags;
  tcp.writeUInt16BE(65_535, 14);
  const [src, dst] = isClient ? ["10.0.0.1", "10.0.0.2"] : ["10.0.0.2", "10.0.0.1"];
  return ethernet(ipv4(Buffer.concat([tcp, data]), { src, dst, protocol: 6 }));
}

interface Openssl {
  readonly child: ChildProcess;
  /** Waits until it was told that text. */
  hears(text: string): Promise<void>;
  /** Waits until it has done what it was told. */
  does(command: string, isDone: () => boolean): Promise<void>;
  end(): Promise<void>;
}

function openssl(dir: string, args: readonly string[]): Openssl {
  const child = spawn("openssl", args, { cwd: dir, stdio: "pipe" });
  let heard = "";
  let problems = "";
  child.stdout.on("data", (bytes: Buffer) => {
    heard += bytes.toString("latin1");
  });
  child.stderr.setEncoding("latin1").on("data", (text: string) => {
    problems += text;
  });
  // It may end while it is told something.
  child.stdin.on("error", () => {});
  const exited = once(child, "exit");
  const until = async (what: string, isSo: () => boolean): Promise<void> => {
    for (const end = performance.now() + WAIT_MS; !isSo(); await setTimeout(5)) {
      const isAlive = child.exitCode === null && child.signalCode === null;
      if (isAlive && performance.now() < end) continue;
      const story = `${heard.slice(0, 300)}\n${problems.slice(-1_000)}`;
      throw new Error(`${args[0]} ${what} (exit code ${child.exitCode}): ${story}`);
    }
  };
  return {
    child,
    hears: async (text) => {
      await until(`has not heard ${text.slice(0, 40)}`, () => heard.includes(text));
      heard = heard.slice(heard.indexOf(text) + text.length);
    },
    does: (command, isDone) => until(`has not done ${command.trim()}`, isDone),
    end: async () => {
      child.stdin?.end();
      child.kill("SIGTERM");
      await exited;
    },
  };
}

async function listening(onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer(onConnection).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** The server may not listen yet. */
function relayTo(client: Socket, port: number, chunks: TlsChunk[], tries = 100): void {
  const server = createConnection(port, "127.0.0.1");
  server.once("error", () => {
    if (tries > 0) globalThis.setTimeout(() => relayTo(client, port, chunks, tries - 1), 50);
    else client.destroy();
  });
  server.once("connect", () => {
    pass(client, server, "client", chunks);
    pass(server, client, "server", chunks);
  });
}

function pass(from: Socket, to: Socket, name: "client" | "server", chunks: TlsChunk[]): void {
  from.on("data", (bytes: Buffer) => {
    chunks.push({ from: name, bytes });
    to.write(bytes);
  });
  from.on("close", () => to.destroy());
  from.on("error", () => to.destroy());
}
