import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const CERTIFICATE = "x509af.signedCertificate_element";

type Json = string | null | readonly Json[] | { readonly [name: string]: Json };

/**
 * What tshark says of the certificate that a server of TLS on port 5061 shows first, by frame number: 1 signed by itself, 2 not valid at
 * the time of the frame, 3 both, 0 neither.
 */
export async function certificatesIn(path: string): Promise<ReadonlyMap<string, number>> {
  const filter = "tls.handshake.type==11 && tcp.srcport==5061";
  const options = ["-r", path, "-n", "-Y", filter, "-T", "json", "--no-duplicate-keys"];
  const { stdout } = await run("tshark", options, { maxBuffer: OUTPUT_BYTES_MAX });
  const states = new Map<string, number>();
  for (const frame of JSON.parse(stdout) as Json[]) {
    const certificate = found(frame, CERTIFICATE);
    if (certificate === null) continue;
    const nowMs = 1000 * Number(found(frame, "frame.time_epoch"));
    const [fromMs = 0, toMs = 0] = ["x509af.notBefore_tree", "x509af.notAfter_tree"].map((name) =>
      Date.parse(textsOf(found(certificate, name) ?? "").join("")),
    );
    const names = ["x509af.issuer_tree", "x509af.subject_tree"].map((name) =>
      textsOf(found(certificate, name) ?? "").join("\n"),
    );
    const isSelfSigned = names[0] === names[1];
    const isOutside = nowMs < fromMs || nowMs > toMs;
    states.set(String(found(frame, "frame.number")), (isSelfSigned ? 1 : 0) + (isOutside ? 2 : 0));
  }
  return states;
}

/** The first value of that name, however deep. */
function found(json: Json, name: string): Json | null {
  if (json === null || typeof json === "string") return null;
  for (const [key, value] of Object.entries(json)) {
    if (key === name) return value;
    const below = found(value, name);
    if (below !== null) return below;
  }
  return null;
}

/** All texts in their order, without the zone in brackets that tshark writes behind a time. */
function textsOf(json: Json): string[] {
  if (json === null) return [];
  if (typeof json === "string") return [json.replace("(UTC)", "UTC")];
  return Object.values(json).flatMap(textsOf);
}
