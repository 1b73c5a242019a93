import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import {
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { retryAfterMs } from "../../../../src/emit/outputs/webhook-answer.ts";
import { webhookName } from "../../../../src/emit/outputs/webhook-name.ts";
import { type WebhookSettings, WebhookSink } from "../../../../src/emit/outputs/webhook-sink.ts";
import { closedPort } from "../../../support/free-ports.ts";
import { makeCertificates, type TestCertificates } from "../../../support/test-certificates.ts";
import { recordOf, recordsOf } from "./eve-lines.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Answer = (response: ServerResponse, request: Request, number: number) => void;

const created: Answer = (response) => {
  response.writeHead(201).end();
};

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

function recording(answer: Answer) {
  const requests: Request[] = [];
  const listener: RequestListener = (message, response) => {
    const parts: Buffer[] = [];
    message.on("data", (part: Buffer) => parts.push(part));
    message.on("end", () => {
      const { headers, method = "", url: path = "" } = message;
      const request = { method, path, headers, body: Buffer.concat(parts).toString() };
      requests.push(request);
      answer(response, request, requests.length);
    });
  };
  return { requests, listener };
}

async function receiver(answer: Answer = created) {
  const { listener, requests } = recording(answer);
  let connections = 0;
  const server = createServer(listener).on("connection", () => connections++);
  const url = `http://127.0.0.1:${await listen(server)}/alerts?key=s3cret`;
  return { url, requests, connections: () => connections };
}

/** The steady clock stands still there. */
function clockAt(ms: number) {
  const clock = vi.spyOn(performance, "now").mockReturnValue(ms);
  closers.push(() => clock.mockRestore());
  return clock;
}

async function sinkTo(url: string, changes: Partial<WebhookSettings> = {}) {
  const sink = new WebhookSink({
    url,
    body: "ndjson",
    batchRecords: 100,
    timeoutMs: 2_000,
    authorization: "",
    ca: "",
    ...changes,
  });
  closers.push(() => void sink.close());
  await sink.connect();
  return sink;
}

describe("webhook", () => {
  it("posts a JSON line a record and takes 2xx for the acknowledgement", async () => {
    const peer = await receiver();
    const sink = await sinkTo(peer.url, { authorization: "Bearer t0ken" });
    const records = recordsOf(3);
    await sink.send(records);
    expect(peer.requests).toHaveLength(1);
    expect(peer.requests[0]).toMatchObject({
      method: "POST",
      path: "/alerts?key=s3cret",
      body: records.map(({ line }) => `${line}\n`).join(""),
      headers: {
        "content-type": "application/x-ndjson",
        authorization: "Bearer t0ken",
        "user-agent": "sipsentry",
      },
    });
  });

  it("posts one JSON array when told to", async () => {
    const peer = await receiver();
    const sink = await sinkTo(peer.url, { body: "array" });
    const records = recordsOf(3);
    await sink.send(records);
    expect(peer.requests[0]?.headers).toMatchObject({ "content-type": "application/json" });
    expect(peer.requests[0]?.headers).not.toHaveProperty("authorization");
    expect(JSON.parse(peer.requests[0]?.body ?? "")).toEqual(
      records.map(({ line }) => JSON.parse(line)),
    );
  });

  it("posts what the format makes of a line", async () => {
    const peer = await receiver();
    const { url } = peer;
    const settings = { url, body: "ndjson", batchRecords: 1, timeoutMs: 1_000 } as const;
    const sink = new WebhookSink(
      { ...settings, authorization: "", ca: "" },
      { format: () => '{"ecs":1}' },
    );
    await sink.connect();
    await sink.send([recordOf()]);
    expect(peer.requests[0]?.body).toBe('{"ecs":1}\n');
    await sink.close();
  });

  it("keeps its connection between batches", async () => {
    const peer = await receiver();
    const sink = await sinkTo(peer.url);
    for (let i = 0; i < 5; i++) await sink.send(recordsOf(2));
    expect(peer.requests).toHaveLength(5);
    expect(peer.connections()).toBe(1);
  });

  it.each([
    [200, null],
    [202, null],
    [204, null],
    [301, true],
    [304, true],
    [400, false],
    [401, true],
    [403, true],
    [404, true],
    [408, true],
    [409, false],
    [413, false],
    [415, true],
    [422, false],
    [425, true],
    [429, true],
    [500, true],
    [503, true],
  ])("an answer of %i: temporary is %s", async (status, isTemporary) => {
    const peer = await receiver((response) => {
      response
        .writeHead(status)
        .end(status === 204 || status === 304 ? undefined : "no\n\x1b[31mway");
    });
    const sink = await sinkTo(peer.url);
    const sent = sink.send(recordsOf(1));
    if (isTemporary === null) await expect(sent).resolves.toBeUndefined();
    else await expect(sent).rejects.toMatchObject({ name: "DeliveryError", isTemporary });
  });

  it("says what the receiver said, on one line and without control characters", async () => {
    const peer = await receiver((response) => {
      response.writeHead(400).end(`field "x"\n\x1b[31m is wrong${" ".repeat(2_000)}end`);
    });
    const sink = await sinkTo(peer.url);
    await expect(sink.send(recordsOf(1))).rejects.toThrow(
      'the receiver answered 400 (field "x" [31m is wrong)',
    );
  });

  it("follows no redirect, and says where it led", async () => {
    const peer = await receiver((response) => {
      response.writeHead(308, { location: "https://elsewhere.example/alerts" }).end();
    });
    const sink = await sinkTo(peer.url);
    await expect(sink.send(recordsOf(1))).rejects.toThrow(
      "the receiver redirects (308) to https://elsewhere.example/alerts, which is not followed: give the final address",
    );
    expect(peer.requests).toHaveLength(1);
  });

  it("tells no key that the receiver repeats: of the address, its query or the login", async () => {
    const key = "T0000-B1111-verysecretkey";
    const peer = await receiver((response, request, number) => {
      if (number === 1) response.writeHead(301, { location: `https://h.example/in/${key}` }).end();
      else response.writeHead(404).end(`no ${request.path}, ${request.headers.authorization}`);
    });
    const sink = await sinkTo(`${new URL(peer.url).origin}/in/${key}?token=q1w2`, {
      authorization: "Bearer s3cr3t",
    });
    const problems = [1, 2].map(() =>
      sink.send(recordsOf(1)).catch((error: Error) => error.message),
    );
    expect(await problems[0]).toContain("redirects (301) to https://h.example/in/T000..., which");
    expect(await problems[1]).toMatch(/answered 404 \(no .*\/in\/\.\.\.\?\.\.\., \.\.\.\)/);
  });

  it("leaves a receiver alone for as long as it asks (RFC 9110 10.2.3)", async () => {
    const peer = await receiver((response, _, number) => {
      response.writeHead(number === 1 ? 429 : 200, { "retry-after": "1" }).end();
    });
    const sink = await sinkTo(peer.url);
    const clock = clockAt(5_000);
    await expect(sink.send(recordsOf(1))).rejects.toMatchObject({ isTemporary: true });
    clock.mockReturnValue(5_999);
    await expect(sink.connect()).rejects.toThrow("the receiver asked to be called again in 1 s");
    expect(peer.requests).toHaveLength(1);
    clock.mockReturnValue(6_000);
    await sink.connect();
    await sink.send(recordsOf(1));
    expect(peer.requests).toHaveLength(2);
  });

  it("leaves a receiver alone for five minutes at most", async () => {
    const peer = await receiver((response) => {
      response.writeHead(503, { "retry-after": "86400" }).end();
    });
    const sink = await sinkTo(peer.url);
    clockAt(5_000);
    await expect(sink.send(recordsOf(1))).rejects.toMatchObject({ isTemporary: true });
    await expect(sink.connect()).rejects.toThrow("again in 300 s");
  });

  it("reads only the beginning of an endless answer", async () => {
    let written = 0;
    const peer = await receiver((response) => {
      response.writeHead(200);
      const more = () => {
        while (written < 64 << 20 && response.write(Buffer.alloc(65_536, 120))) written += 65_536;
      };
      response.on("drain", more);
      more();
    });
    const sink = await sinkTo(peer.url);
    await sink.send(recordsOf(1));
    expect(written).toBeLessThan(16 << 20);
  });

  it("gives a receiver no longer than its time, also for a slow answer", async () => {
    const peer = await receiver((response) => {
      response.writeHead(200).write("x");
      const drip = setInterval(() => response.write("x"), 50);
      closers.push(() => clearInterval(drip));
    });
    const sink = await sinkTo(peer.url, { timeoutMs: 300 });
    await expect(sink.send(recordsOf(1))).rejects.toMatchObject({
      isTemporary: true,
      message: "no answer within 300 ms",
    });
  });

  it("says that nothing listens", async () => {
    const sink = await sinkTo(`http://127.0.0.1:${await closedPort()}/`);
    await expect(sink.send(recordsOf(1))).rejects.toMatchObject({
      isTemporary: true,
      message: "nothing listens there: start the receiver, or correct host and port",
    });
  });

  it.each(["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab", "SSH-2.0-x\r\n"])(
    "does not take a broken answer for an acknowledgement: %j",
    async (answer) => {
      const server = createTcpServer((socket) => {
        socket.on("error", () => {});
        socket.once("data", () => socket.end(answer));
      });
      const sink = await sinkTo(`http://127.0.0.1:${await listen(server)}/`);
      await expect(sink.send(recordsOf(1))).rejects.toMatchObject({ isTemporary: true });
    },
  );
});

describe("webhook over TLS", () => {
  let dir = "";
  let certificates: TestCertificates;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "sipsentry-webhook-"));
    certificates = makeCertificates(dir);
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const text = (path: string) => readFileSync(path, "utf8");

  async function tlsReceiver() {
    const { listener, requests } = recording(created);
    const files = { cert: text(certificates.serverCert), key: text(certificates.serverKey) };
    const server = createHttpsServer(files, listener).on("tlsClientError", () => {});
    return { port: await listen(server), requests };
  }

  it("delivers to a receiver whose authority it was given", async () => {
    const peer = await tlsReceiver();
    const sink = await sinkTo(`https://localhost:${peer.port}/`, { ca: text(certificates.ca) });
    await sink.send(recordsOf(2));
    expect(peer.requests).toHaveLength(1);
  });

  it("refuses a receiver whose authority it does not know, and names the option", async () => {
    const peer = await tlsReceiver();
    for (const ca of ["", text(certificates.otherCa)]) {
      const sink = await sinkTo(`https://localhost:${peer.port}/`, { ca });
      await expect(sink.send(recordsOf(1))).rejects.toThrow(/give its authority in webhook\.tlsCa/);
    }
    expect(peer.requests).toHaveLength(0);
  });

  it("says so when the port does not speak TLS", async () => {
    const peer = await receiver();
    const sink = await sinkTo(peer.url.replace("http:", "https:"));
    await expect(sink.send(recordsOf(1))).rejects.toThrow("this port does not speak TLS");
  });
});

describe("Retry-After (RFC 9110 10.2.3)", () => {
  const now = Date.parse("2026-11-21T07:00:00Z");
  it.each([
    ["120", 120_000],
    [" 0 ", 0],
    ["Sat, 21 Nov 2026 07:00:30 GMT", 30_000],
    ["Sat, 21 Nov 2026 06:00:30 GMT", 0],
    ["-5", 0],
    ["1e9", 0],
    ["soon", 0],
    ["", 0],
  ])("%j is %i ms", (value, expected) => {
    expect(retryAfterMs(value, now)).toBe(expected);
  });
});

describe("name of a webhook", () => {
  it.each([
    ["https://siem.example/alerts", "https://siem.example/alerts"],
    ["https://siem.example:8443/in?token=abc", "https://siem.example:8443/in?..."],
    [
      "https://hooks.example/services/T000/aVeryLongSecretWord",
      "https://hooks.example/services/T000/aVer...",
    ],
    ["https://user:pass@siem.example/", "https://siem.example/"],
  ])("%s shows no secret", (url, name) => {
    expect(webhookName(url)).toBe(name);
  });
});
