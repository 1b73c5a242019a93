import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type SyslogSettings, SyslogSink } from "../../../../src/emit/outputs/syslog-sink.ts";
import { closedPort } from "../../../support/free-ports.ts";
import { makeCertificates, type TestCertificates } from "../../../support/test-certificates.ts";
import { alertFields, recordOf, recordsOf } from "./eve-lines.ts";
import { parseFrames, parseSyslog } from "./syslog-parser.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

function sinkOf(changes: Partial<SyslogSettings>): SyslogSink {
  const sink = new SyslogSink({
    transport: "tcp",
    host: "127.0.0.1",
    port: 1,
    facility: "local5",
    appName: "sipsentry",
    hostname: "sensor1",
    structuredId: "sipsentry@32473",
    confirm: true,
    timeoutMs: 2_000,
    tls: null,
    ...changes,
  });
  closers.push(() => void sink.close());
  return sink;
}

async function listen(server: Server, host = "127.0.0.1"): Promise<number> {
  server.listen(0, host);
  await once(server, "listening");
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A receiver that reads to the end and ends its side, as receivers do. */
async function receiver() {
  const streams: Buffer[][] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    const parts: Buffer[] = [];
    streams.push(parts);
    sockets.push(socket);
    socket.on("data", (part) => parts.push(part));
    socket.on("error", () => {});
  });
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
  });
  const port = await listen(server);
  return {
    port,
    sockets,
    connections: () => streams.length,
    messages: () =>
      streams.flatMap((parts) => parseFrames(Buffer.concat(parts)).messages.map(parseSyslog)),
    left: () => Buffer.concat(streams.map((parts) => parseFrames(Buffer.concat(parts)).rest)),
  };
}

describe("syslog over TCP", () => {
  it("frames messages by octet counting (RFC 6587 3.4.1) and keeps their order", async () => {
    const peer = await receiver();
    const sink = sinkOf({ port: peer.port });
    await sink.connect();
    const records = [...recordsOf(50), recordOf(alertFields({ voip: { from_user: "é\n" } }))];
    await sink.send(records);
    expect(peer.messages().map(({ message }) => message)).toHaveLength(51);
    expect(peer.messages().map(({ data }) => data.get("sipsentry@32473")?.get("alert_id"))).toEqual(
      records.map(({ alertId }) => alertId),
    );
    expect(peer.left()).toHaveLength(0);
    expect(sink.name).toBe(`syslog+tcp://127.0.0.1:${peer.port}`);
  });

  it("takes the receiver's end for the acknowledgement, and a connection for each batch", async () => {
    const peer = await receiver();
    const sink = sinkOf({ port: peer.port });
    await sink.connect();
    for (let i = 0; i < 5; i++) await sink.send(recordsOf(3));
    expect(peer.messages()).toHaveLength(15);
    expect(peer.connections()).toBe(5);
  });

  it("uses one connection for all without confirm", async () => {
    const peer = await receiver();
    const sink = sinkOf({ port: peer.port, confirm: false });
    await sink.connect();
    for (let i = 0; i < 5; i++) await sink.send(recordsOf(3));
    await sink.close();
    await expect.poll(() => peer.messages().length).toBe(15);
    expect(peer.connections()).toBe(1);
  });

  it("does not count a batch as taken whose connection was reset", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.resetAndDestroy());
    });
    const sink = sinkOf({ port: await listen(server) });
    await sink.connect();
    await expect(sink.send(recordsOf(500))).rejects.toMatchObject({
      name: "DeliveryError",
      isTemporary: true,
      message: "the receiver broke the connection off",
    });
  });

  it("does not take the end of a receiver that never reads for an acknowledgement", async () => {
    // As one that has too many connections already.
    const server = createServer({ pauseOnConnect: true }, (socket) => {
      socket.on("error", () => {});
      socket.end(() => socket.destroy());
    });
    const sink = sinkOf({ port: await listen(server) });
    for (let i = 0; i < 20; i++) {
      await expect(sink.connect().then(() => sink.send(recordsOf(1)))).rejects.toMatchObject({
        isTemporary: true,
        message: "the receiver broke the connection off",
      });
    }
  });

  it("does not take the end of a receiver that reads only a part for an acknowledgement", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => {
        socket.pause();
        socket.destroy();
      });
    });
    const sink = sinkOf({ port: await listen(server) });
    const large = alertFields({ voip: { from_user: "x".repeat(1 << 18) } });
    for (let i = 0; i < 20; i++) {
      const batch = Array.from({ length: 20 }, () => recordOf(large));
      await expect(sink.connect().then(() => sink.send(batch))).rejects.toMatchObject({
        isTemporary: true,
      });
    }
  });

  it("waits no longer than its time for a receiver that hangs, and names the cure", async () => {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      closers.push(() => socket.destroy());
      socket.resume();
    });
    const sink = sinkOf({ port: await listen(server), timeoutMs: 300 });
    await sink.connect();
    await expect(sink.send(recordsOf(1))).rejects.toThrow(/syslog\.confirm to false/);
  });

  it("waits no longer than its time for a receiver that does not read", async () => {
    const server = createServer({ pauseOnConnect: true }, (socket) => {
      closers.push(() => socket.destroy());
    });
    const sink = sinkOf({ port: await listen(server), timeoutMs: 300 });
    await sink.connect();
    const large = alertFields({ voip: { from_user: "x".repeat(1 << 20) } });
    await expect(sink.send(Array.from({ length: 16 }, () => recordOf(large)))).rejects.toThrow(
      "the receiver reads nothing",
    );
  });

  it("connects again when the receiver ended an idle connection", async () => {
    const peer = await receiver();
    const sink = sinkOf({ port: peer.port, confirm: false });
    await sink.connect();
    await sink.send(recordsOf(1));
    await expect.poll(() => peer.messages().length).toBe(1);
    peer.sockets[0]?.end();
    // Until it has seen the end, it may use the old one.
    const send = () => sink.send(recordsOf(1)).then(() => peer.connections());
    await expect.poll(send).toBe(2);
    await expect.poll(() => peer.messages().length).toBeGreaterThan(1);
  });

  it("says that nothing listens", async () => {
    const sink = sinkOf({ port: await closedPort() });
    await expect(sink.connect()).rejects.toMatchObject({
      isTemporary: true,
      message: "nothing listens there: start the receiver, or correct host and port",
    });
  });

  it("rejects what close() breaks off", async () => {
    const server = createServer({ allowHalfOpen: true }, (socket) => socket.resume());
    const sink = sinkOf({ port: await listen(server), timeoutMs: 30_000 });
    await sink.connect();
    const sent = sink.send(recordsOf(1));
    setTimeout(() => void sink.close(), 50);
    await expect(sent).rejects.toThrow("the receiver broke the connection off");
  });

  it("sends what is larger than a datagram whole", async () => {
    const peer = await receiver();
    const sink = sinkOf({ port: peer.port });
    await sink.connect();
    const large = alertFields({ voip: { from_user: "x".repeat(200_000) } });
    await sink.send([recordOf(large)]);
    expect(peer.messages()[0]?.message.length).toBeGreaterThan(200_000);
  });
});

describe("syslog over TLS (RFC 5425)", () => {
  let dir = "";
  let certificates: TestCertificates;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "sipsentry-syslog-"));
    certificates = makeCertificates(dir);
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const text = (path: string) => readFileSync(path, "utf8");

  async function tlsReceiver(options: { readonly wantsClient: boolean }) {
    const streams: Buffer[][] = [];
    const peers: string[] = [];
    const server = createTlsServer(
      {
        cert: text(certificates.serverCert),
        key: text(certificates.serverKey),
        ca: text(certificates.ca),
        requestCert: options.wantsClient,
        rejectUnauthorized: options.wantsClient,
      },
      (socket) => {
        const parts: Buffer[] = [];
        streams.push(parts);
        const { subject } = socket.getPeerCertificate();
        peers.push(subject === undefined ? "" : String(subject.CN));
        socket.on("data", (part) => parts.push(part));
        socket.on("error", () => {});
      },
    );
    server.on("tlsClientError", () => {});
    const port = await listen(server);
    return {
      port,
      peers,
      messages: () =>
        streams.flatMap((parts) => parseFrames(Buffer.concat(parts)).messages.map(parseSyslog)),
    };
  }

  it("delivers to a receiver whose authority it was given, by name and by address", async () => {
    const peer = await tlsReceiver({ wantsClient: false });
    for (const host of ["localhost", "127.0.0.1"]) {
      const tls = { ca: text(certificates.ca), cert: "", key: "" };
      const sink = sinkOf({ transport: "tls", host, port: peer.port, tls });
      await sink.connect();
      await sink.send(recordsOf(20));
    }
    expect(peer.messages()).toHaveLength(40);
  });

  it("shows its own certificate when it is asked for it (RFC 5425 4.2.2)", async () => {
    const peer = await tlsReceiver({ wantsClient: true });
    const tls = {
      ca: text(certificates.ca),
      cert: text(certificates.clientCert),
      key: text(certificates.clientKey),
    };
    const sink = sinkOf({ transport: "tls", port: peer.port, tls });
    await sink.connect();
    await sink.send(recordsOf(2));
    expect(peer.messages()).toHaveLength(2);
    expect(peer.peers).toEqual(["sensor"]);
  });

  it("does not take an alert for delivered that a receiver refused for want of a certificate", async () => {
    const peer = await tlsReceiver({ wantsClient: true });
    const tls = { ca: text(certificates.ca), cert: "", key: "" };
    const sink = sinkOf({ transport: "tls", port: peer.port, tls });
    // In TLS 1.3 the refusal comes after the handshake.
    await expect(sink.connect().then(() => sink.send(recordsOf(1)))).rejects.toMatchObject({
      isTemporary: true,
    });
    expect(peer.messages()).toHaveLength(0);
  });

  it("refuses a receiver whose authority it does not know, and names the option", async () => {
    const peer = await tlsReceiver({ wantsClient: false });
    for (const ca of ["", text(certificates.otherCa)]) {
      const sink = sinkOf({ transport: "tls", port: peer.port, tls: { ca, cert: "", key: "" } });
      await expect(sink.connect()).rejects.toThrow(/give its authority in syslog\.tlsCa/);
    }
  });

  it("says so when the port does not speak TLS", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.end("220 hello\r\n");
    });
    const tls = { ca: text(certificates.ca), cert: "", key: "" };
    const sink = sinkOf({ transport: "tls", port: await listen(server), tls });
    await expect(sink.connect()).rejects.toThrow("this port does not speak TLS");
  });
});

describe("syslog over UDP (RFC 5426)", () => {
  async function datagrams(host: string) {
    const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
    const received: Buffer[] = [];
    socket.on("message", (message) => received.push(message));
    socket.bind(0, host);
    await once(socket, "listening");
    closers.push(() => socket.close());
    return { port: socket.address().port, received };
  }

  it.each(["127.0.0.1", "::1"])("sends a message a datagram to %s (3.1)", async (host) => {
    const peer = await datagrams(host);
    const sink = sinkOf({ transport: "udp", host, port: peer.port });
    await sink.connect();
    const records = recordsOf(sink.batchRecords);
    await sink.send(records);
    await expect.poll(() => peer.received.length).toBe(records.length);
    expect(peer.received.map((octets) => parseSyslog(octets).message)).toEqual(
      records.map(({ line }) => line),
    );
  });

  it("refuses for good an alert that no datagram can hold, and sends none of its batch (3.2)", async () => {
    const peer = await datagrams("127.0.0.1");
    const sink = sinkOf({ transport: "udp", port: peer.port });
    await sink.connect();
    const large = recordOf(alertFields({ voip: { from_user: "x".repeat(65_507) } }));
    await expect(sink.send([recordOf(), large])).rejects.toMatchObject({
      isTemporary: false,
      message: expect.stringMatching(/more than the 65507 of a datagram: use syslog\+tcp/),
    });
    expect(peer.received).toHaveLength(0);
  });

  it("notices that nobody listens, when the host says so", async () => {
    const sink = sinkOf({ transport: "udp", port: await closedPort() });
    await sink.connect();
    await expect(sink.send(recordsOf(2))).rejects.toMatchObject({
      isTemporary: true,
      message: expect.stringMatching(/nothing listens there/),
    });
  });

  it("says that there is no such host", async () => {
    const sink = sinkOf({ transport: "udp", host: "no-such-host.invalid" });
    await expect(sink.connect()).rejects.toMatchObject({ isTemporary: true });
  });
});
