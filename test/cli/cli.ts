import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { BUILT_MAIN } from "../support/build-program.ts";
import { udpPacket } from "../support/pcap-writer.ts";

/** Runs the program as it is built, as a user would: a process with arguments and pipes. */

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Less than the limit of a test, so that what it said is told. */
const LIFE_MAX_MS = 150_000;

export interface CliResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly input?: Buffer;
  readonly env?: NodeJS.ProcessEnv;
  /** Working directory; the project's unless given. */
  readonly cwd?: string;
  /** Runs as this user; for root only. */
  readonly uid?: number;
  /** Standard input stays open after `input`, as that of a writer that has more to come. */
  readonly isInputLeftOpen?: boolean;
  /** Sent once `signalWhen` is true, of what was written so far. */
  readonly signal?: NodeJS.Signals;
  readonly signalWhen?: (stdout: string) => boolean;
}

export function sipsentry(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BUILT_MAIN, ...args], {
      cwd: options.cwd ?? ROOT,
      env: { ...process.env, ...options.env },
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.stdin.on("error", () => {});
    child.stdin.write(options.input ?? "");
    if (options.isInputLeftOpen !== true) child.stdin.end();
    const { signal, signalWhen = () => true } = options;
    const watch = setInterval(() => {
      if (signal === undefined || !signalWhen(stdout)) return;
      clearInterval(watch);
      child.kill(signal);
    }, 50);
    const late = setTimeout(() => {
      child.kill("SIGKILL");
      const said = `${stdout.slice(-2_000)}\n${stderr.slice(-2_000)}`;
      reject(new Error(`sipsentry ${args.join(" ")} does not end, and said:\n${said}`));
    }, LIFE_MAX_MS);
    child.on("error", reject);
    child.on("close", (exitCode) => {
      clearInterval(watch);
      clearTimeout(late);
      resolve({ exitCode, stdout, stderr });
    });
  });
}

/** A classic capture: little-endian, microseconds, Ethernet. `cut` bytes are missing at its end. */
export function pcapFile(packets: readonly Buffer[], cut = 0): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(1, 20);
  const parts: Buffer[] = [header];
  packets.forEach((packet, i) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(1_600_000_000 + i, 0);
    record.writeUInt32LE(packet.length, 8);
    record.writeUInt32LE(packet.length, 12);
    parts.push(record, packet);
  });
  const file = Buffer.concat(parts);
  return file.subarray(0, file.length - cut);
}

/** An OPTIONS request from 10.0.0.1 to 10.0.0.2; each `id` is a transaction of its own. */
export function optionsPacket(id: number): Buffer {
  return udpPacket(
    [
      "OPTIONS sip:10.0.0.2 SIP/2.0",
      `Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK${id}`,
      "Max-Forwards: 70",
      `From: <sip:a@10.0.0.1>;tag=${id}`,
      "To: <sip:b@10.0.0.2>",
      `Call-ID: ${id}@10.0.0.1`,
      "CSeq: 1 OPTIONS",
      "Content-Length: 0",
      "",
      "",
    ].join("\r\n"),
  );
}

/** Fires on every packet of `optionsPacket`. */
export const OPTIONS_RULE =
  'alert udp any any -> any 5060 (msg:"OPTIONS seen"; content:"OPTIONS"; sid:1000001; rev:1;)\n';
