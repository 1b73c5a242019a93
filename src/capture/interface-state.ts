import { readdirSync, readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";

/** Where Linux lists the interfaces, also those that are down or have no address. */
const FOLDER = "/sys/class/net";
const IFF_UP = 1;

/** Names that can be captured on, `any` last. */
export function interfaceNames(): string[] {
  try {
    return [...readdirSync(FOLDER).sort(), "any"];
  } catch {
    return Object.keys(networkInterfaces());
  }
}

export type InterfaceState = "up" | "down" | "unknown";

/** `unknown` for what is no network interface, as `any`, and for one that is gone. */
export function interfaceState(name: string): InterfaceState {
  try {
    const flags = Number(readFileSync(`${FOLDER}/${name}/flags`, "latin1"));
    return (flags & IFF_UP) === 0 ? "down" : "up";
  } catch {
    return "unknown";
  }
}
