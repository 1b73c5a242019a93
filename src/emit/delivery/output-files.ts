import { readFileSync, statSync } from "node:fs";
import { readFault } from "../../base/read-fault.ts";
import type { TlsFiles } from "./output-settings.ts";

/** An output that cannot be used as it was given; the message is one line with the cure, and holds no secret. */
export class OutputError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "OutputError";
  }
}

export interface TlsTexts {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const BYTES_MAX = 1_048_576;

/** The PEM texts of a section's TLS options, read now: later the process may not be allowed to. */
export function readTls(section: string, files: TlsFiles): TlsTexts {
  if ((files.tlsCert === "") !== (files.tlsKey === "")) {
    const [given, missing] = files.tlsKey === "" ? ["tlsCert", "tlsKey"] : ["tlsKey", "tlsCert"];
    throw new OutputError(`${section}.${given} needs ${section}.${missing}; give both or none`);
  }
  return {
    ca: readPem(`${section}.tlsCa`, files.tlsCa, "CERTIFICATE"),
    cert: readPem(`${section}.tlsCert`, files.tlsCert, "CERTIFICATE"),
    key: readPem(`${section}.tlsKey`, files.tlsKey, "PRIVATE KEY"),
  };
}

/** The text of a PEM file (RFC 7468) that must hold an object of this label; "" for no path. */
export function readPem(option: string, path: string, label: string): string {
  if (path === "") return "";
  const text = readText(option, path);
  if (new RegExp(`^-----BEGIN [A-Z0-9 ]*${label}-----`, "m").test(text)) return text;
  throw new OutputError(`${option}: ${path} holds no ${label.toLowerCase()} in PEM form`);
}

/** A secret on one line of its own file; "" for no path. */
export function readSecret(option: string, path: string): string {
  if (path === "") return "";
  const secret = readText(option, path).trim();
  if (secret === "") throw new OutputError(`${option}: ${path} is empty; write the secret into it`);
  // A line feed in a header or a login would mean something else to the receiver.
  if (/[\r\n\0]/.test(secret)) {
    throw new OutputError(`${option}: ${path} has more than one line; leave only the secret in it`);
  }
  return secret;
}

function readText(option: string, path: string): string {
  try {
    const { size } = statSync(path);
    if (size > BYTES_MAX) throw new OutputError(`${option}: ${path} is larger than 1 MiB`);
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof OutputError) throw error;
    throw new OutputError(`${option}: cannot read ${path}: ${readFault(error)}`);
  }
}
