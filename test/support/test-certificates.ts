import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Paths of PEM files that live for one test run. */
export interface TestCertificates {
  readonly ca: string;
  /** Private key, then certificate: what Kafka calls a PEM key store. */
  readonly serverStore: string;
  readonly serverCert: string;
  readonly serverKey: string;
  readonly clientCert: string;
  readonly clientKey: string;
  /** An authority that signed none of them. */
  readonly otherCa: string;
}

/** Makes an authority, a server's certificate (localhost, 127.0.0.1, ::1) and a client's. */
export function makeCertificates(dir: string): TestCertificates {
  const file = (name: string) => join(dir, name);
  const openssl = (...options: string[]) =>
    execFileSync("openssl", options, { cwd: dir, stdio: ["ignore", "ignore", "pipe"] });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"];
  for (const name of ["ca", "other-ca"]) {
    const out = ["-keyout", `${name}.key`, "-out", `${name}.pem`, "-days", "2"];
    openssl("req", "-x509", ...key, ...out, "-subj", `/CN=sipsentry test ${name}`);
  }
  writeFileSync(file("server.ext"), "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\n");
  writeFileSync(file("client.ext"), "extendedKeyUsage=clientAuth\n");
  for (const [name, subject] of [
    ["server", "/CN=localhost"],
    ["client", "/CN=sensor"],
  ] as const) {
    openssl("req", ...key, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", subject);
    const signer = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"];
    const extensions = ["-extfile", `${name}.ext`, "-out", `${name}.pem`];
    openssl("x509", "-req", "-in", `${name}.csr`, ...signer, ...extensions);
  }
  const store = readFileSync(file("server.key"), "utf8") + readFileSync(file("server.pem"), "utf8");
  writeFileSync(file("server-store.pem"), store);
  return {
    ca: file("ca.pem"),
    serverStore: file("server-store.pem"),
    serverCert: file("server.pem"),
    serverKey: file("server.key"),
    clientCert: file("client.pem"),
    clientKey: file("client.key"),
    otherCa: file("other-ca.pem"),
  };
}
