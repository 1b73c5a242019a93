import { createSocket } from "node:dgram";
import { connect, Server } from "node:net";
import { expect, test, vi } from "vitest";
import { HepSource } from "../../../src/capture/hep-source.ts";
import { hep3, hepOld } from "../../support/hep.ts";
import { address } from "../../support/pcap-writer.ts";

const SEEN = {
  src: address("10.1.2.3"),
  dst: address("10.9.9.9"),
  srcPort: 5062,
  dstPort: 5060,
  payload: Buffer.from("OPTIONS sip:a@b SIP/2.0\r\n\r\n"),
};

/** A source that listens, what it has handed over, and a way to wait for so many. */
async function listening() {
  const frames: string[] = [];
  let wake = () => {};
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const source = new HepSource({ host: "127.0.0.1", port: 0, onNotice: () => {}, onOpen: open });
  const end = source.run((frame) => {
    frames.push(frame.bytes.toString("latin1", frame.start, frame.end));
    wake();
  });
  await Promise.race([opened, end]);
  const count = async (wanted: number) => {
    while (frames.length < wanted) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { source, frames, count, end };
}

test("datagrams are handed on as they came, with who sent them", async () => {
  const { source, frames, count, end } = await listening();
  const socket = createSocket("udp4");
  const hep = hepOld(1, SEEN);
  socket.send(hep, source.port, "127.0.0.1");
  await count(1);
  const frame = Buffer.from(frames[0] ?? "", "latin1");
  expect(frame.subarray(28)).toEqual(hep);
  expect(frame.subarray(12, 16)).toEqual(address("127.0.0.1"));
  expect(frame.readUInt16BE(22)).toBe(9060);
  socket.close();
  source.close();
  expect(await end).toEqual({ packets: 1, problems: [] });
});

test("over TCP messages are told apart however they are cut, and what is none ends the connection", async () => {
  const { source, frames, count, end } = await listening();
  const hep = hep3(SEEN);
  const stream = Buffer.concat([hep, hep, hep]);
  const socket = connect(source.port, "127.0.0.1").setNoDelay(true);
  for (let at = 0; at < stream.length; at += 50) socket.write(stream.subarray(at, at + 50));
  await count(3);
  expect(frames.map((frame) => frame.slice(28))).toEqual(Array(3).fill(hep.toString("latin1")));
  socket.write("GET / HTTP/1.1\r\n\r\n");
  await new Promise((resolve) => socket.on("close", resolve).on("error", () => {}));
  source.close();
  await end;
  expect(source.state).toBe("ended");
});

test("when the port that the system chose for UDP is taken for TCP, another is chosen", async () => {
  const original = Server.prototype.listen;
  const asked: unknown[] = [];
  // A real holder of the port could find it taken already by one of the tests that run beside this one.
  const listen = vi.spyOn(Server.prototype, "listen").mockImplementation(function (
    this: Server,
    ...args: unknown[]
  ) {
    asked.push(args[0]);
    if (asked.length > 1) return Reflect.apply(original, this, args);
    const taken = Object.assign(new Error("address in use"), { code: "EADDRINUSE" });
    process.nextTick(() => this.emit("error", taken));
    return this;
  });
  const { source, end } = await listening();
  listen.mockRestore();
  expect(asked.length).toBeGreaterThan(1);
  expect(asked.at(-1)).toBe(source.port);
  expect(source.state).toBe("open");
  source.close();
  expect(await end).toEqual({ packets: 0, problems: [] });
});

test("an address that is taken is one line with a cure", async () => {
  const { source, end } = await listening();
  const second = new HepSource({
    host: "127.0.0.1",
    port: source.port,
    onNotice: () => {},
    onOpen: () => {},
  });
  await expect(second.run(() => {})).rejects.toThrow(
    /cannot listen on hep:127\.0\.0\.1:\d+: another/,
  );
  source.close();
  await end;
});
