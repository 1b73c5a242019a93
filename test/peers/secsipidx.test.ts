import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/config-file.ts";
import { missingPeers, peerTool, requirePeers } from "../support/peer-tools.ts";
import { requestOf } from "../support/sip-actors.ts";
import { type Endpoint, WIRE_START_US, Wire } from "../support/wire.ts";

const TOOLS = ["secsipidx", "openssl"];
const missing = missingPeers(TOOLS);
const CARRIER: Endpoint = { ip: "192.0.2.130", port: 5060 };
const PBX: Endpoint = { ip: "10.20.0.10", port: 5060 };
const CALLER = "493012345601";
const CALLED = "493012345602";
const ADDRESS = "https://cert.example.org/carrier.pem";

describe.skipIf(missing !== "")(`Identity headers of a real secsipidx ${missing}`, () => {
  let folder = "";

  const run = (tool: string, ...args: readonly string[]) =>
    execFileSync(peerTool(tool), args, {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });

  /** A header as the tool writes it, signed now: -sign-full does not heed -iat. */
  const signed = (key: string, dest = CALLED) =>
    run(
      "secsipidx",
      ...["-sign-full", "-fprvkey", key, "-attest", "A", "-x5u", ADDRESS],
      ...["-orig-tn", CALLER, "-dest-tn", dest],
    ).trim();

  /** One call with that header; facts about its identity. */
  function facts(identity: string): string[] {
    const config = loadConfig({ sets: [`policy.certificates=${join(folder, "certificates")}`] });
    const wire = new Wire({ config });
    // The call comes a second after the signature.
    wire.now = Math.floor(Date.now() / 1000) - WIRE_START_US / 1e6;
    const headers = [`Identity: ${identity}`];
    const options = { to: CALLED, headers };
    wire.send(CARRIER, PBX, requestOf(wire, CARRIER, PBX, "INVITE", CALLER, options).text, 1);
    const raised = Object.keys(wire.run().facts);
    return raised.filter((name) => name.startsWith("sip.identity"));
  }

  beforeAll(() => {
    requirePeers(TOOLS);
    folder = mkdtempSync(join(tmpdir(), "sipsentry-secsipidx-"));
    run("mkdir", "certificates");
    for (const name of ["carrier", "other"]) {
      const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
      const ends = ["-keyout", `${name}.key`, "-out", `${name}.pem`, "-subj", `/CN=${name}`];
      run("openssl", "req", "-x509", ...key, ...ends);
    }
    run("cp", "carrier.pem", "certificates/cert.example.org_carrier.pem");
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("is taken: its order of keys and its parameters are nothing odd", () => {
    expect(facts(signed("carrier.key"))).toEqual([]);
  });

  it("of another key is no signature of that certificate", () => {
    expect(facts(signed("other.key"))).toEqual(["sip.identity_signature"]);
  });

  it("for another callee is told", () => {
    expect(facts(signed("carrier.key", "493099999999"))).toEqual(["sip.identity_number"]);
  });
});
