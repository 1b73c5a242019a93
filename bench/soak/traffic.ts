import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { SENDER } from "./network.ts";

const PCAPS = fileURLToPath(new URL("../../pcaps/", import.meta.url));
/** tcpreplay reads Ethernet without compression; this one has another link layer. */
const LEFT_OUT = /ipv6_call_trex/;
/** Calls whose media and signalling belong together: as they are, addresses and all. */
const CALLS = /^(benign|mixed|rtp_inject)\//;
/** Part of the packets that calls make up. */
const CALLS_SHARE = 0.4;

/** tcpreplay in a loop; `isShifted`: with other addresses in each turn, so that hosts never repeat. */
interface Loop {
  readonly name: string;
  readonly files: readonly string[];
  readonly packetsPerSecond: number;
  readonly isShifted: boolean;
}

/**
 * The bundled captures, healthy and attacks, in two loops: calls as they are, and all with new
 * addresses in each turn, so that tables fill and their oldest entries go.
 */
export class Traffic {
  readonly #loops: readonly Loop[];
  readonly #children: ChildProcess[] = [];
  /** Why a sender ended before it was told to. */
  problem = "";
  #isStopping = false;

  /** `folder` takes the unpacked captures. */
  constructor(folder: string, packetsPerSecond: number) {
    const captures = unpack(folder);
    const calls = captures.filter(({ name }) => CALLS.test(name)).map(({ path }) => path);
    const all = captures.map(({ path }) => path);
    const callRate = Math.round(packetsPerSecond * CALLS_SHARE);
    this.#loops = [
      { name: "calls", files: calls, packetsPerSecond: callRate, isShifted: false },
      {
        name: "all",
        files: all,
        packetsPerSecond: packetsPerSecond - callRate,
        isShifted: true,
      },
    ];
  }

  get captures(): number {
    return this.#loops.reduce((count, { files }) => Math.max(count, files.length), 0);
  }

  start(): void {
    for (const { name, files, packetsPerSecond, isShifted } of this.#loops) {
      const child = spawn(
        "tcpreplay",
        [
          ...["-q", "-K", "--loop=0", `--pps=${packetsPerSecond}`, "-i", SENDER],
          ...(isShifted ? ["--unique-ip"] : []),
          ...files,
        ],
        { stdio: ["ignore", "ignore", "pipe"] },
      );
      let said = "";
      child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        said = (said + text).slice(-500);
      });
      child.on("close", (code) => {
        if (!this.#isStopping) this.problem = `tcpreplay (${name}) ended with ${code}: ${said}`;
      });
      child.on("error", (error) => {
        this.problem = `tcpreplay: ${error.message}`;
      });
      this.#children.push(child);
    }
  }

  stop(): void {
    this.#isStopping = true;
    for (const child of this.#children) child.kill("SIGINT");
  }
}

function unpack(folder: string): { name: string; path: string }[] {
  mkdirSync(folder, { recursive: true });
  return readdirSync(PCAPS, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.pcap(\.gz)?$/.test(name) && !LEFT_OUT.test(name))
    .sort()
    .map((name, i) => {
      const path = join(folder, `${i}-${basename(name).replace(/\.gz$/, "")}`);
      const from = join(PCAPS, name);
      if (name.endsWith(".gz")) writeFileSync(path, gunzipSync(readFileSync(from)));
      else copyFileSync(from, path);
      return { name, path };
    });
}
