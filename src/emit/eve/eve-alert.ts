import type { AlertSignature } from "../../detect/alerts/alert.ts";
import type { RecordHeader } from "../../track/record-header.ts";
import { type EveSettings, eveAddress } from "./eve-header.ts";
import { jsonLine } from "./eve-text.ts";

type Fields = Record<string, unknown>;

/** Texts of `alert` objects: the same for all alerts of a signature, and a third of a line. */
const texts = new WeakMap<AlertSignature, string>();

/** EVE `alert` object of a record. */
export function eveAlert(
  signature: AlertSignature,
  record: RecordHeader,
  settings: EveSettings,
): string {
  let text = texts.get(signature);
  if (text === undefined || signature.target !== undefined) {
    text = jsonLine(alertObject(signature, record, settings));
    texts.set(signature, text);
  }
  return text;
}

function compareIgnoreCase(a: string, b: string): number {
  const [x, y] = [a.toLowerCase(), b.toLowerCase()];
  if (x !== y) return x < y ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `source` and `target` as the rule's `target` tells them. */
function alertObject(
  signature: AlertSignature,
  record: RecordHeader,
  { ipv6Compress }: EveSettings,
): Fields {
  const fields: Fields = {
    action: signature.action,
    gid: signature.gid,
    signature_id: signature.sid,
    rev: signature.rev,
    signature: signature.msg,
    category: signature.category,
    severity: signature.severity,
  };
  if (signature.target !== undefined) {
    const { srcIp, srcPort, destIp, destPort } = record;
    const end = (ip: string, port: number): Fields => ({
      ip: eveAddress(ip, ipv6Compress),
      ...(port > 0 && { port }),
    });
    const ends = [end(srcIp, srcPort), end(destIp, destPort)];
    [fields.source, fields.target] = signature.target === "dest_ip" ? ends : ends.reverse();
  }
  if (signature.references.length > 0) fields.references = signature.references;
  const metadata = Object.entries(signature.metadata);
  if (metadata.length > 0) {
    fields.metadata = Object.fromEntries(metadata.sort(([a], [b]) => compareIgnoreCase(a, b)));
  }
  return fields;
}
