import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KafkaSockets } from "../../../../src/emit/outputs/kafka-sockets.ts";

describe("KafkaSockets", () => {
  let server: Server;
  let port: number;

  beforeEach(async () => {
    server = createServer((socket) => socket.on("error", () => {})).listen(0);
    await once(server, "listening");
    ({ port } = server.address() as AddressInfo);
  });

  afterEach(() => {
    server.close();
  });

  function open(sockets: KafkaSockets, host: string): Socket {
    return sockets.connect({ host, port, ssl: undefined, onConnect: () => {} });
  }

  it("leaves names and IPv4 addresses as they are", () => {
    const sockets = new KafkaSockets();
    expect(sockets.nameOf("broker.example:9092")).toBe("broker.example:9092");
    expect(sockets.nameOf("192.0.2.1:9092")).toBe("192.0.2.1:9092");
  });

  it("brings IPv6 addresses through a client that splits at the first colon", async () => {
    const sockets = new KafkaSockets();
    const names = [sockets.nameOf("[2001:db8::1]:9092"), sockets.nameOf(`[::1]:${port}`)];
    expect(new Set(names).size).toBe(2);
    const [host = "", ...rest] = (names[1] ?? "").split(":");
    expect(rest).toEqual([String(port)]);
    const socket = open(sockets, host);
    await once(socket, "connect");
    expect(socket.remoteAddress).toBe("::1");
    sockets.destroy();
    await once(socket, "error");
  });

  it("ends what is open with an error, so that nobody waits for an answer", async () => {
    const sockets = new KafkaSockets();
    const socket = open(sockets, "127.0.0.1");
    await once(socket, "connect");
    sockets.destroy();
    const [error] = await once(socket, "error");
    expect(String(error)).toContain("given up");
    expect(socket.destroyed).toBe(true);
  });

  it("opens no more once it has been given up", async () => {
    const sockets = new KafkaSockets();
    sockets.destroy();
    const [error] = await once(open(sockets, "127.0.0.1"), "error");
    expect(String(error)).toContain("given up");
  });
});
