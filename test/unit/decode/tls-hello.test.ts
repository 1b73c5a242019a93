import { once } from "node:events";
import { createServer } from "node:net";
import { connect } from "node:tls";
import { describe, expect, it } from "vitest";
import { readTlsHello } from "../../../src/decode/tls-hello.ts";
import { weaknessOf } from "../../../src/track/policy/weak-tls.ts";
import {
  alpn,
  clientHello,
  numberList,
  serverHello,
  serverName,
} from "../../support/tls-hellos.ts";

const read = (bytes: Buffer) => readTlsHello(bytes, 0, bytes.length);
const NONE = new Uint8Array(0);

/** The example of FoxIO's JA4 (github.com/FoxIO-LLC/ja4): Chrome, extensions in another order, with GREASE. */
const CHROME = {
  ciphers: [
    0x0a0a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014,
    0x009c, 0x009d, 0x002f, 0x0035,
  ],
  extensions: [
    [0x3a3a, NONE],
    ...[0x1b, 0x23, 0x0a, 0x0b, 0x2d, 0x33, 0x05, 0x12, 0x17, 0x4469, 0xff01].map(
      (type) => [type, NONE] as const,
    ),
    serverName("pbx.example.org"),
    alpn("h2", "http/1.1"),
    numberList(13, [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601]),
    numberList(43, [0x2a2a, 0x0304, 0x0303], 1),
    [0x15, new Uint8Array(200)],
  ],
} as const;

describe("a ClientHello", () => {
  it("has the JA4 of the one who wrote it", () => {
    expect(read(clientHello(CHROME))).toMatchObject({
      isClient: true,
      version: 0x0304,
      serverName: "pbx.example.org",
      hasEch: false,
      ja4: "t13d1516h2_8daaf6152771_e5627efa2ab1",
    });
  });

  it("may have no name, no ALPN, no extensions, and be DTLS", () => {
    const bare = { ciphers: [0xc02b], extensions: [] };
    expect(read(clientHello(bare))?.ja4).toMatch(/^t12i010000_[0-9a-f]{12}_000000000000$/);
    const dtls = { ...bare, version: 0xfefd, isDatagram: true };
    expect(read(clientHello(dtls))?.ja4).toMatch(/^dd2i010000_/);
  });

  it("may hide the name that it means behind an outer one (ECH)", () => {
    const extensions = [serverName("front.example"), [0xfe0d, new Uint8Array(64)] as const];
    expect(read(clientHello({ ciphers: [0x1301], extensions }))).toMatchObject({
      ...{ hasEch: true, serverName: "front.example" },
    });
  });

  it("of this machine's OpenSSL is read as it says it is", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const client = connect({
      port,
      host: "127.0.0.1",
      servername: "sip.example",
      ALPNProtocols: ["sip"],
    });
    client.on("error", () => {});
    const [socket] = await once(server, "connection");
    const [bytes] = await once(socket, "data");
    expect(read(bytes)).toMatchObject({ serverName: "sip.example", version: 0x0304 });
    expect(read(bytes)?.ja4).toMatch(/^t13d\d{4}sp_[0-9a-f]{12}_[0-9a-f]{12}$/);
    client.destroy();
    server.close();
  });

  it("is cut at any place without a throw, and has no JA4 then", () => {
    const whole = clientHello(CHROME);
    for (let end = 0; end < whole.length; end++) {
      const cut = readTlsHello(whole, 0, end);
      expect(cut === null || cut.ja4 === "").toBe(true);
    }
    for (let at = 0; at < whole.length; at++) {
      const odd = Buffer.from(whole);
      odd[at] = 0xff;
      read(odd);
    }
  });
});

describe("what a server chooses", () => {
  it.each([
    [0x0303, 0xc02f, false, ""],
    [0x0302, 0xc02f, false, "version 0x302"],
    [0x0303, 0x0005, false, "RC4"],
    [0x0301, 0x000a, false, "version 0x301, 3DES"],
    [0xfefd, 0xc02b, true, ""],
    [0xfeff, 0xc02b, true, "version 0xfeff"],
  ])("version %i, cipher %i is weak by: %s %s", (version, cipher, isDatagram, weakness) => {
    const hello = read(serverHello(version, cipher, isDatagram));
    if (hello === null) throw new Error("not read");
    expect(weaknessOf(hello)).toBe(weakness);
  });
});
