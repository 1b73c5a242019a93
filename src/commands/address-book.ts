import { readFileSync, statSync } from "node:fs";
import { BoundedMap } from "../base/bounded-map.ts";
import { readFault } from "../base/read-fault.ts";
import type { Config } from "../config/config.ts";
import { type HostKey, NO_HOST } from "../decode/host.ts";
import { hostKeyOfText, isPrivateText } from "../decode/host-text.ts";
import { AddressNotes } from "../emit/addresses/address-notes.ts";
import { MacVendors } from "../emit/addresses/mac-vendors.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import type { KnownWay } from "../track/hosts/ways.ts";
import { CommandError, ExitCode } from "./exit-code.ts";

const NO_WAYS: readonly KnownWay[] = [];
const BYTES_MAX = 1_073_741_824;
/** Addresses whose key is kept: one without a known MAC is asked for again and again. */
const HOSTS_MAX = 16_384;

/**
 * What is known of addresses, by the operator's files and by what the pipeline sees. `pipeline` is asked when a record is written. Throws
 * CommandError that names the option and the file.
 */
export function openAddressNotes(config: Config, pipeline: () => Pipeline): AddressNotes {
  const { addresses, rules } = config;
  const vendors = new MacVendors();
  if (addresses.vendors !== "") {
    const entries = vendors.add(read("addresses.vendors", addresses.vendors).toString("utf8"));
    if (entries === 0) throw wrong("addresses.vendors", addresses.vendors, "no list of makers");
  }
  const country = database("addresses.country", addresses.country || rules.geoip);
  const asn = database("addresses.asn", addresses.asn);
  const hosts = new BoundedMap<string, HostKey>(HOSTS_MAX);
  const macOf = (ip: string) => {
    let host = hosts.get(ip);
    if (host === undefined) {
      host = privateHost(ip);
      hosts.set(ip, host);
    }
    return host === NO_HOST ? null : macOfHost(host, pipeline());
  };
  return new AddressNotes({ country, asn, vendors, macOf });
}

/** By which the packets of a host are known to come. */
function macOfHost(host: HostKey, { tracker }: Pipeline): string {
  const paths = tracker.hosts.get(host)?.ways.all() ?? NO_WAYS;
  let best = { mac: -1, packets: 0 };
  for (const path of paths) if (path.mac >= 0 && path.packets > best.packets) best = path;
  return best.mac < 0 ? "" : macText(best.mac);
}

function macText(mac: number): string {
  return mac
    .toString(16)
    .padStart(12, "0")
    .replace(/(..)(?=.)/g, "$1:");
}

/** Null without a file. */
function database(option: string, path: string): Buffer | null {
  if (path === "") return null;
  const content = read(option, path);
  try {
    new AddressNotes({ country: content, asn: null, vendors: new MacVendors(), macOf: () => "" });
  } catch {
    throw wrong(option, path, "no MMDB");
  }
  return content;
}

function read(option: string, path: string): Buffer {
  try {
    if (statSync(path).size > BYTES_MAX) throw wrong(option, path, "larger than 1 GiB");
    return readFileSync(path);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw fault(`${option}: cannot read ${path}: ${readFault(error)}`);
  }
}

function wrong(option: string, path: string, what: string): CommandError {
  return fault(`${option}: ${path} is ${what}; give another file`);
}

function fault(line: string): CommandError {
  return new CommandError(ExitCode.BAD_CONFIG, [line]);
}

/** NO_HOST of a public address: there are routers between. */
function privateHost(ip: string): HostKey {
  return isPrivateText(ip) ? hostKeyOfText(ip) : NO_HOST;
}
