import { execFileSync, spawnSync } from "node:child_process";

const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

/** The ends of the wire: packets go in at one and the sensor sees them at the other. */
export const SENDER = "sender";
export const MIRROR = "mirror";

/**
 * Runs this program again in a network namespace of its own, with a veth pair and the loopback
 * interface, and nothing else on the wire. Gives its exit code.
 */
export function inNamespace(args: readonly string[]): number {
  const name = `sipsentry-soak-${process.pid}`;
  ip("netns", "add", name);
  try {
    const inside = (...command: string[]) => run("ip", ["netns", "exec", name, ...command]);
    // No router solicitations and the like: only what is replayed is on the wire.
    for (const which of ["all", "default"]) {
      inside("sysctl", "-qw", `net.ipv6.conf.${which}.disable_ipv6=1`);
    }
    ip("-n", name, "link", "set", "lo", "up");
    ip("-n", name, "link", "add", SENDER, "type", "veth", "peer", "name", MIRROR);
    for (const end of [SENDER, MIRROR]) {
      ip("-n", name, "link", "set", end, "mtu", "9000", "arp", "off", "up");
    }
    const node = [process.execPath, ...process.execArgv, ...args];
    const child = spawnSync("ip", ["netns", "exec", name, ...node], {
      stdio: "inherit",
      env: { ...process.env, PATH },
    });
    return child.status ?? 1;
  } finally {
    ip("netns", "delete", name);
  }
}

/** Packets that the kernel has sent on an interface (`tx_packets`), taken (`rx_packets`) or dropped (`rx_dropped`). */
export function interfaceCount(name: string, counter: string): number {
  return Number(run("cat", [`/sys/class/net/${name}/statistics/${counter}`]));
}

function ip(...args: readonly string[]): void {
  run("ip", args);
}

function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, {
    env: { ...process.env, PATH },
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
  });
}
