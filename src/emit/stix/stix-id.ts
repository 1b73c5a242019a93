import { createHash } from "node:crypto";

/** STIX 2.1 2.9: of cyber-observable objects; the identifier of one thing is then the same for everybody. */
const OBSERVABLES = "00abedb4-aa42-466c-9c01-fed23315a9b7";
/** Ours, for domain objects, which may not use that one. */
const OWN = "5c1f2b0a-6d0e-5b5e-9a51-3f6f5a1d7c20";

/** Identifier of a domain object: equal for the same case in each export, so that a platform updates what it has. */
export function ownId(type: string, ...parts: readonly string[]): string {
  return `${type}--${uuidV5(OWN, [type, ...parts].join("|"))}`;
}

/** Identifier of an observable, from the properties that contribute to it, in the order of their names (RFC 8785). */
export function observableId(type: string, properties: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${type}--${uuidV5(OBSERVABLES, JSON.stringify(Object.fromEntries(sorted)))}`;
}

/** RFC 9562 5.5. */
export function uuidV5(namespace: string, name: string): string {
  const bytes = createHash("sha1")
    .update(Buffer.from(namespace.replaceAll("-", ""), "hex"))
    .update(name, "utf8")
    .digest();
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = bytes.toString("hex", 0, 16);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
