import { once } from "node:events";
import { createServer as createHttpServer, request } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ListenError, MetricsServer } from "../../../../src/emit/metrics/metrics-server.ts";
import type { SensorHealth } from "../../../../src/emit/metrics/sensor-health.ts";

const HEALTH: SensorHealth = {
  captures: [{ name: "eth0", state: "open" }],
  rulesLoaded: 40,
  isStopping: false,
  outputs: [],
  sight: [],
};

let health = HEALTH;
let rendered = 0;
let renderFault = "";
let server: MetricsServer;
const sockets: Socket[] = [];

const metrics = {
  contentType: "text/plain; version=0.0.4; charset=utf-8",
  text: async () => {
    rendered++;
    if (renderFault !== "") throw new Error(renderFault);
    return "up 1\n";
  },
};

function make(listen = "127.0.0.1:0", pageMs = 0): MetricsServer {
  return new MetricsServer({
    listen,
    metrics: metrics as unknown as ConstructorParameters<typeof MetricsServer>[0]["metrics"],
    health: () => health,
    stats: () => ({ schema: "summary/1.0" }),
    pageMs,
  });
}

beforeEach(async () => {
  health = HEALTH;
  rendered = 0;
  renderFault = "";
  server = make();
  await server.listen();
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
});

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

function ask(path: string, options: { method?: string; body?: string } = {}): Promise<Answer> {
  const { method = "GET", body } = options;
  return new Promise((resolve, reject) => {
    const call = request(`${server.url}${path}`, { method, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
    });
    call.on("error", reject);
    call.end(body);
  });
}

/** Sends bytes and gives what comes back until the server closes. */
function sendRaw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1", () => socket.write(text));
    sockets.push(socket);
    let answer = "";
    socket.setEncoding("latin1").on("data", (part: string) => {
      answer += part;
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "ECONNRESET" || error.code === "EPIPE" ? resolve(answer) : reject(error),
    );
  });
}

describe("pages", () => {
  it("gives metrics in the text format, and JSON elsewhere", async () => {
    const { status, headers, body } = await ask("/metrics");
    expect([status, headers["content-type"], body]).toEqual([200, metrics.contentType, "up 1\n"]);
    const stats = await ask("/stats?x=1");
    expect([stats.status, JSON.parse(stats.body)]).toEqual([200, { schema: "summary/1.0" }]);
    expect(stats.headers["content-type"]).toMatch(/^application\/json/);
  });

  it("answers HEAD with the same header and nothing else", async () => {
    const { status, headers, body } = await ask("/metrics", { method: "HEAD" });
    expect([status, headers["content-length"], body]).toEqual([200, "5", ""]);
  });

  it("says 503 when the sensor is not alive or not ready, with the reason", async () => {
    expect((await ask("/healthz")).status).toBe(200);
    expect((await ask("/readyz")).status).toBe(200);
    health = { ...HEALTH, captures: [{ name: "eth0", state: "ended" }] };
    expect((await ask("/healthz")).status).toBe(503);
    const { status, body } = await ask("/readyz");
    expect(status).toBe(503);
    expect(JSON.parse(body)).toMatchObject({ reasons: ["capture on eth0: ended"] });
  });

  it("is ready while an output is degraded: its records are safe in the spool", async () => {
    health = { ...HEALTH, outputs: [{ name: "kafka", state: "degraded", problem: "refused" }] };
    const { status, body } = await ask("/readyz");
    expect([status, (JSON.parse(body) as { status: string }).status]).toEqual([200, "degraded"]);
  });

  it.each(["/", "/metrics/", "//metrics", "/METRICS", "/metrics%00", "/__proto__"])(
    "has nothing at %s",
    async (path) => {
      const { status, body } = await ask(path);
      expect([status, body]).toEqual([404, "There is /metrics, /stats, /healthz, /readyz.\n"]);
    },
  );

  it.each(["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])("refuses %s", async (method) => {
    const { status, headers } = await ask("/metrics", { method, body: "x".repeat(100_000) });
    expect([status, headers.allow, headers.connection]).toEqual([405, "GET, HEAD", "close"]);
    expect(rendered).toBe(0);
  });

  it("says 500 in one line when a page cannot be made, and makes it anew next time", async () => {
    renderFault = "counter went backwards";
    const { status, body } = await ask("/metrics");
    expect([status, body]).toEqual([500, "/metrics failed: counter went backwards\n"]);
    renderFault = "";
    expect((await ask("/metrics")).status).toBe(200);
  });

  it("is made once for all who ask within a second", async () => {
    const busy = make("127.0.0.1:0", 60_000);
    const idle = server;
    server = busy;
    await busy.listen();
    await Promise.all(Array.from({ length: 20 }, () => ask("/metrics")));
    expect(rendered).toBe(1);
    await idle.close();
  });
});

describe("hostile clients", () => {
  const fine = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  const isServed = async () => expect((await ask("/healthz")).status).toBe(200);

  it.each([
    ["binary noise", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"],
    ["a header of 100 kB", `GET / HTTP/1.1\r\nX: ${"x".repeat(100_000)}\r\n\r\n`],
    ["an endless request line", `GET /${"a".repeat(100_000)}`],
    ["two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"],
    [
      "both length and chunks",
      "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    [
      "a bare line feed in a header",
      "GET /metrics HTTP/1.1\r\nHost: a\r\nX: a\nTransfer-Encoding: chunked\r\n\r\n",
    ],
    ["CONNECT", "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n"],
    [
      "an upgrade",
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    ],
    [
      "an expectation",
      "GET / HTTP/1.1\r\nHost: a\r\nExpect: 200-maybe\r\nConnection: close\r\n\r\n",
    ],
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ])("%s gets no more than an error", async (_, bytes) => {
    const answer = await sendRaw(bytes);
    expect(answer).not.toMatch(/^HTTP\/1\.1 (2|3)/);
    await isServed();
  });

  it("1,000 headers are cut, not kept", async () => {
    const headers = Array.from({ length: 1_000 }, (_, i) => `X${i}:`).join("\r\n");
    const answer = await sendRaw(
      `GET /healthz HTTP/1.1\r\nHost: a\r\n${headers}\r\nConnection: close\r\n\r\n`,
    );
    expect(answer.startsWith("HTTP/1.1 ")).toBe(true);
    await isServed();
  });

  it("a body with a GET ends the connection, unread", async () => {
    const answer = await sendRaw(
      `GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n${fine}`,
    );
    expect(answer.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
    expect(answer).toContain("Connection: close");
    await isServed();
  });

  it("who opens connections and says nothing keeps nobody out for long", async () => {
    const waiting = Array.from({ length: 100 }, () => sendRaw("GET /"));
    await Promise.race(waiting);
    for (const socket of sockets.splice(0)) socket.destroy();
    await Promise.all(waiting);
    await isServed();
  });

  it("an open connection does not hold up the end", async () => {
    const left = sendRaw("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\nGET /metr");
    await isServed();
    await server.close();
    await left;
  });
});

describe("listening", () => {
  it("says in one line that the port is in use, and what to do", async () => {
    const { port } = new URL(server.url);
    const second = make(`127.0.0.1:${port}`);
    await expect(second.listen()).rejects.toThrow(
      new ListenError(
        `metrics.listen: 127.0.0.1:${port}: the port is in use; give --set metrics.listen=127.0.0.1:PORT, or an empty one for none`,
      ),
    );
    await second.close();
  });

  it("names the sensor that listens there, and only a sensor", async () => {
    const answers = [
      [
        JSON.stringify({ sipsentry: "0.1.0", sensor: { pid: 4711 } }),
        "sipsentry (process 4711) listens there;",
      ],
      [JSON.stringify({ sensor: { pid: 4711 } }), "the port is in use;"],
      ["x".repeat(2_000_000), "the port is in use;"],
    ] as const;
    for (const [text, said] of answers) {
      const other = createHttpServer((_, response) => response.end(text)).listen(0, "127.0.0.1");
      await once(other, "listening");
      const { port } = other.address() as AddressInfo;
      await expect(make(`127.0.0.1:${port}`).listen()).rejects.toThrow(said);
      other.closeAllConnections();
      other.close();
    }
  });

  it.each([
    ["203.0.113.7:0", /this machine has no such address$/],
    ["no-such-host.invalid:0", /no such host$/],
  ])("says in one line why not on %s", async (listen, line) => {
    await expect(make(listen).listen()).rejects.toThrow(line);
  });

  it("refuses what is no address before anything is opened", () => {
    expect(() => make("9790")).toThrow(/^metrics\.listen: "9790" is not HOST:PORT, such as/);
  });

  it("tells its real port", async () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d+$/);
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "::1", resolve));
    await new Promise<void>((resolve) => other.close(() => resolve()));
    const six = make("[::1]:0");
    await six.listen();
    expect(six.url).toMatch(/^http:\/\/\[::1\]:[1-9]\d+$/);
    await six.close();
  });
});
