import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Child, until } from "./child.ts";
import { addWire, ip, isUdpPortOpen, type Namespaces } from "./namespaces.ts";

export const OFFICE_TOOLS = ["ip", "kamailio", "sipp", "svwar", "svcrack"];

export const REGISTRAR = "10.77.0.10";
export const SCANNER = "10.77.0.66";
export const CRACKER = "10.77.0.67";
/** The port of the switch that mirrors all others. */
export const MIRROR = "bridge0";

const SCENARIOS = fileURLToPath(new URL("scenarios/", import.meta.url));
const HOSTS = ["registrar", "callers", "callees", "scanner", "cracker"] as const;
type Host = (typeof HOSTS)[number];

/** Address of a phone by its number. */
export function phoneAddress(user: string): string {
  return `10.77.0.${user}`;
}

/**
 * An office: a Kamailio registrar, SIPp phones with an address of their own, and two attackers,
 * around a switch. `folder` takes what the programs leave behind.
 */
export class Office {
  readonly switch: string;
  readonly #namespaces: Namespaces;
  readonly #folder: string;
  readonly #hosts = new Map<Host, string>();

  constructor(namespaces: Namespaces, folder: string) {
    this.#namespaces = namespaces;
    this.#folder = folder;
    this.switch = namespaces.add("switch");
    ip("-n", this.switch, "link", "add", "name", MIRROR, "type", "bridge");
    ip("-n", this.switch, "link", "set", MIRROR, "up");
    for (const host of HOSTS) this.#addHost(host);
    this.#address("registrar", REGISTRAR);
    for (const user of ["201", "202", "205"]) this.#address("callers", phoneAddress(user));
    for (const user of ["203", "204"]) this.#address("callees", phoneAddress(user));
    this.#address("scanner", SCANNER);
    this.#address("cracker", CRACKER);
    // A second of silence in A-law, which the phones send again and again.
    writeFileSync(join(folder, "sound.alaw"), Buffer.alloc(8_000, 0xd5));
  }

  /** Resolves when the registrar takes requests. */
  async startRegistrar(): Promise<Child> {
    const folder = this.#folder;
    const registrar = this.#start("registrar", "kamailio", [
      ...["-DD", "-E", "-f", join(SCENARIOS, "registrar.cfg"), "-l", `udp:${REGISTRAR}:5060`],
      ...["-m", "16", "-M", "4", "-w", folder, "-Y", folder, "-P", join(folder, "kamailio.pid")],
    ]);
    await until(
      () => isUdpPortOpen(this.#host("registrar"), 5060),
      60_000,
      () => `kamailio does not listen:\n${registrar.stderr.slice(-2_000)}`,
    );
    return registrar;
  }

  /** A phone that registers, once or time and again, and ends. */
  register(host: "callers" | "callees", user: string, times: number): Child {
    return this.#phone(host, user, "register.xml", ["-m", String(times), "-r", "1", "-rp", "2000"]);
  }

  /** A phone that is called, until it is ended. */
  callee(user: string): Child {
    return this.#phone("callees", user, "callee.xml", []);
  }

  /** A phone that registers and calls `times` times, and ends. */
  caller(user: string, peer: string, times: number): Child {
    const pace = ["-m", String(times), "-l", "1", "-r", "1", "-rp", "1000"];
    return this.#phone("callers", user, "caller.xml", ["-s", peer, ...pace]);
  }

  /** SIPVicious looks for extensions, from the scanner's address. */
  scan(extensions: string): Child {
    return this.#start("scanner", "svwar", ["-e", extensions, "-x", SCANNER, REGISTRAR]);
  }

  /** SIPVicious guesses a user's password, from the cracker's address. */
  crack(user: string, passwords: string): Child {
    const guesses = ["-u", user, "-r", passwords];
    return this.#start("cracker", "svcrack", [...guesses, "-x", CRACKER, REGISTRAR]);
  }

  #phone(host: Host, user: string, scenario: string, args: readonly string[]): Child {
    const address = phoneAddress(user);
    return this.#start(host, "sipp", [
      ...["-sf", join(SCENARIOS, scenario), "-nostdin", "-key", "me", user],
      ...["-i", address, "-mi", address, "-p", "5060"],
      ...["-au", user, "-ap", `secret-of-${user}`],
      ...args,
      REGISTRAR,
    ]);
  }

  #addHost(host: Host): void {
    const namespace = this.#namespaces.add(host);
    this.#hosts.set(host, namespace);
    addWire({ namespace, name: "eth0" }, { namespace: this.switch, name: `to-${host}` });
    ip("-n", this.switch, "link", "set", `to-${host}`, "master", MIRROR);
  }

  #address(host: Host, address: string): void {
    ip("-n", this.#host(host), "address", "add", `${address}/24`, "dev", "eth0");
  }

  #start(host: Host, command: string, args: readonly string[]): Child {
    return this.#namespaces.start(this.#host(host), command, args, this.#folder);
  }

  #host(host: Host): string {
    const namespace = this.#hosts.get(host);
    if (namespace === undefined) throw new Error(`no host ${host}`);
    return namespace;
  }
}
