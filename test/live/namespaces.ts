import { execFileSync } from "node:child_process";
import { Child } from "./child.ts";

/** Network namespaces of a test. Names hold the process id, so that tests run side by side. */
export class Namespaces {
  readonly #prefix: string;
  readonly #names: string[] = [];
  readonly #children: Child[] = [];

  constructor(test: string) {
    this.#prefix = `sipsentry-${process.pid}-${test}`;
  }

  /** Without IPv6, so that nothing passes but what the test sends. */
  add(name: string): string {
    const full = `${this.#prefix}-${name}`;
    ip("netns", "add", full);
    this.#names.push(full);
    for (const which of ["all", "default"]) {
      inside(full, "sysctl", "-q", "-w", `net.ipv6.conf.${which}.disable_ipv6=1`);
    }
    ip("-n", full, "link", "set", "lo", "up");
    return full;
  }

  /** Starts a program in a namespace; `ip netns exec` becomes it, so its id is the program's. */
  start(namespace: string, command: string, args: readonly string[], folder?: string): Child {
    const child = new Child("ip", ["netns", "exec", namespace, command, ...args], folder);
    this.#children.push(child);
    return child;
  }

  /** Ends the programs, latest first, and removes the namespaces with their interfaces. */
  async remove(): Promise<void> {
    for (const child of this.#children.splice(0).reverse()) await child.dispose();
    for (const name of this.#names.splice(0)) {
      for (const id of processIds(name)) endNow(id);
      ip("netns", "delete", name);
    }
  }
}

export interface LinkEnd {
  readonly namespace: string;
  readonly name: string;
}

/** Two interfaces with a wire between them. */
export function addWire(one: LinkEnd, other: LinkEnd): void {
  const peer = ["peer", "name", other.name, "netns", other.namespace];
  ip("-n", one.namespace, "link", "add", "name", one.name, "type", "veth", ...peer);
  for (const { namespace, name } of [one, other]) {
    turnOffloadsOff(namespace, name);
    ip("-n", namespace, "link", "set", name, "up");
  }
}

/** Offloads would show packets that no wire carries: without checksum, or several in one. */
function turnOffloadsOff(namespace: string, name: string): void {
  try {
    inside(namespace, "ethtool", "-K", name, "rx", "off", "tx", "off", "gso", "off", "gro", "off");
  } catch {
    // Without ethtool: what is sent here is neither large nor checked.
  }
}

/** For what a program of the test left behind in its namespace. */
function endNow(id: number): void {
  try {
    process.kill(id, "SIGKILL");
  } catch {
    // It has just ended.
  }
}

/** Processes of the namespace. */
export function processIds(namespace: string): number[] {
  return run("ip", ["netns", "pids", namespace]).split("\n").filter(Boolean).map(Number);
}

/** Whether a program of the namespace waits for datagrams on the port. */
export function isUdpPortOpen(namespace: string, port: number): boolean {
  const sockets = run("ip", ["netns", "exec", namespace, "cat", "/proc/net/udp"]);
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return sockets.includes(`:${hex} 00000000:0000`);
}

export function ip(...args: readonly string[]): void {
  run("ip", args);
}

function inside(namespace: string, command: string, ...args: readonly string[]): void {
  run("ip", ["netns", "exec", namespace, command, ...args]);
}

function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, {
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    timeout: 60_000,
  });
}
