import { spawnSync } from "node:child_process";
import { BpfMachine, readBpf } from "./bpf-machine.ts";
import { type Frame, LinkType } from "./frame.ts";

/** Names of link types as `tcpdump -y` takes them (pcap-linktype(7)). */
const NAMES: Readonly<Record<number, string>> = {
  [LinkType.NULL]: "NULL",
  [LinkType.ETHERNET]: "EN10MB",
  [LinkType.RAW_BSD]: "RAW",
  [LinkType.RAW_OPENBSD]: "RAW",
  [LinkType.RAW]: "RAW",
  [LinkType.LOOP]: "LOOP",
  [LinkType.LINUX_SLL]: "LINUX_SLL",
  [LinkType.IPV4]: "IPV4",
  [LinkType.IPV6]: "IPV6",
  [LinkType.LINUX_SLL2]: "LINUX_SLL2",
};

const TIMEOUT_MS = 10_000;

/** A filter cannot be used; one line that says why, and the cure. */
export class BpfError extends Error {}

/**
 * A libpcap filter expression over packets of any link type. tcpdump compiles it, once for each link type, and a
 * machine of ours runs it: the packets need not pass through another process.
 */
export class BpfFilter {
  readonly #expression: string;
  readonly #machines = new Map<number, BpfMachine | null>();

  /** Throws `BpfError` when the expression is none, or nobody can compile it. */
  constructor(expression: string) {
    this.#expression = expression;
    this.#machineOf(LinkType.ETHERNET);
  }

  accepts(frame: Frame): boolean {
    const machine = this.#machineOf(frame.linkType);
    // Of a link type that nobody decodes nothing can be told.
    return machine === null || machine.accepts(frame);
  }

  #machineOf(linkType: number): BpfMachine | null {
    let machine = this.#machines.get(linkType);
    if (machine === undefined) {
      const name = NAMES[linkType];
      machine = name === undefined ? null : new BpfMachine(compile(this.#expression, name));
      this.#machines.set(linkType, machine);
    }
    return machine;
  }
}

function compile(expression: string, linkType: string) {
  // Nothing of a filter may be taken for an option.
  const options = ["-ddd", "-s", "262144", "-y", linkType, "--", expression];
  const { error, stdout, stderr } = spawnSync("tcpdump", options, {
    encoding: "latin1",
    timeout: TIMEOUT_MS,
    maxBuffer: 16 * 2 ** 20,
  });
  if ((error as NodeJS.ErrnoException | undefined)?.code === "ENOENT") {
    throw new BpfError("--bpf needs tcpdump, which compiles filters (apt-get install tcpdump)");
  }
  const program = readBpf(stdout ?? "");
  if (program !== null) return program;
  const lines = (stderr ?? "").split("\n").map((line) => line.replace(/^tcpdump: /, "").trim());
  const said =
    lines.findLast((line) => line !== "" && !line.startsWith("Warning")) ?? "tcpdump failed";
  throw new BpfError(`the filter "${expression}" is not valid on ${linkType}: ${said}`);
}
