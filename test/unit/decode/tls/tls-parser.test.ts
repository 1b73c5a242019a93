import { describe, expect, it } from "vitest";
import { KeyLog } from "../../../../src/decode/tls/key-log.ts";
import { TlsUnread } from "../../../../src/decode/tls/tls-unread.ts";
import { dice } from "../../../support/rewrap.ts";
import {
  clientHello,
  EARLY_KEY,
  SESSION_KEYS,
  Sealer,
  serverHello,
  type TlsVersion,
  tlsRecord,
} from "../../../support/tls-session.ts";
import { request, Talk } from "../tcp/talk.ts";

const VERSIONS: readonly TlsVersion[] = ["1.2", "1.3"];
const CHANGE = tlsRecord(20, Buffer.from([1]));
const INVITE = request("INVITE", "v=0\r\n");
const BYE = request("BYE");

/** A log that gets its lines when it is told to. */
class LateLog extends KeyLog {
  #next = "";

  constructor(text = SESSION_KEYS) {
    let self: LateLog | null = null;
    super(100, {
      poll: (take) => {
        if (self !== null) take(Buffer.from(self.#next));
        if (self !== null) self.#next = "";
        return false;
      },
    });
    self = this;
    this.take(Buffer.from(text));
  }

  write(text: string): void {
    this.#next += text;
  }
}

/** A connection whose hellos were said, and who seals its records. */
function greeted(version: TlsVersion, keyLog = new LateLog()) {
  const talk = new Talk({ keyLog }).handshake();
  const client = new Sealer(version, true);
  const server = new Sealer(version, false);
  talk.say("client", clientHello()).say("server", serverHello(version));
  talk.say("server", CHANGE).say("client", CHANGE);
  return { talk, client, server, keyLog };
}

describe.each(VERSIONS)("TLS %s", (version) => {
  it("shows what is inside, in both directions, as returned", () => {
    const { talk, client, server } = greeted(version);
    talk.say("client", client.seal(Buffer.from(INVITE)));
    talk.say("server", server.seal(Buffer.from(BYE)));
    expect(talk.texts).toEqual([INVITE, BYE]);
    expect(talk.told.map(({ isReturned }) => isReturned)).toEqual([true, true]);
    expect(talk.streams.heldBytes).toBe(0);
  });

  it("is the same whatever the segments are", () => {
    const sealer = new Sealer(version, true);
    const hellos = [clientHello(), serverHello(version)];
    const stream = Buffer.concat([
      CHANGE,
      sealer.seal(Buffer.from(INVITE.slice(0, 50))),
      sealer.seal(Buffer.from(INVITE.slice(50) + BYE)),
    ]);
    for (let at = 1; at < stream.length; at++) {
      const talk = new Talk({ keyLog: new LateLog() }).handshake();
      talk.say("client", hellos[0] as Buffer).say("server", hellos[1] as Buffer);
      talk.say("client", stream.subarray(0, at)).say("client", stream.subarray(at));
      expect(talk.texts).toEqual([INVITE, BYE]);
    }
  });

  it("takes hellos in several records and segments", () => {
    const talk = new Talk({ keyLog: new LateLog() }).handshake();
    const hello = clientHello().subarray(5);
    const records = [hello.subarray(0, 3), hello.subarray(3, 20), hello.subarray(20)];
    for (const part of records) {
      for (const byte of tlsRecord(22, part)) talk.say("client", Buffer.from([byte]));
    }
    talk.say("server", serverHello(version)).say("client", CHANGE);
    talk.say("client", new Sealer(version, true).seal(Buffer.from(BYE)));
    // The first record has too little to be told for a hello.
    expect(talk.texts).toEqual([BYE]);
  });

  it("waits for keys that come late, and for no longer than three seconds", () => {
    const early = greeted(version, new LateLog(""));
    early.talk.say("client", early.client.seal(Buffer.from(INVITE)));
    expect(early.talk.texts).toEqual([]);
    expect(early.talk.streams.isOpeningTls).toBe(true);
    early.keyLog.write(SESSION_KEYS);
    early.talk.nowUs += 100_000;
    early.talk.say("client", early.client.seal(Buffer.from(BYE)));
    expect(early.talk.texts).toEqual([INVITE, BYE]);

    const silent = greeted(version, new LateLog(""));
    silent.talk.say("client", silent.client.seal(Buffer.from(INVITE)));
    silent.keyLog.write(SESSION_KEYS);
    silent.talk.streams.advance(silent.talk.nowUs + 3_100_000);
    expect(silent.talk.texts).toEqual([INVITE]);

    const never = greeted(version, new LateLog(""));
    never.talk.say("client", never.client.seal(Buffer.from(INVITE)));
    never.talk.streams.advance(never.talk.nowUs + 3_100_000);
    expect(never.talk.unread).toEqual([TlsUnread.NO_KEY]);
    expect([never.talk.streams.size, never.talk.streams.heldBytes]).toEqual([0, 0]);
  });

  it("goes on after records that are missing", () => {
    const { talk, client } = greeted(version);
    const records = [INVITE, "x".repeat(300), BYE].map((text) => client.seal(Buffer.from(text)));
    talk.say("client", records[0] as Buffer);
    talk.clientSeq += records[1]?.length ?? 0;
    talk.say("client", records[2] as Buffer);
    talk.streams.advance(talk.nowUs + 3_100_000);
    expect(talk.texts).toEqual([INVITE, BYE]);
  });

  it("believes no record that was not sealed with the key", () => {
    const { talk, client } = greeted(version);
    talk.say("client", client.seal(Buffer.from(INVITE)));
    const forged = new Sealer(version, false).seal(Buffer.from(request("CANCEL")));
    talk.say("client", forged).say("client", client.seal(Buffer.from(BYE)));
    expect(talk.texts).toEqual([INVITE, BYE]);
  });

  it("lets go of what is no SIP inside", () => {
    const { talk, client } = greeted(version);
    talk.say("client", client.seal(Buffer.from("GET / HTTP/1.1\r\nHost: a\r\n\r\n")));
    expect([talk.texts, talk.streams.size, talk.streams.heldBytes]).toEqual([[], 0, 0]);
  });

  it("keeps bytes within bounds and throws nothing, whatever comes", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = dice(seed);
      const keyLog = new LateLog(random() < 0.5 ? SESSION_KEYS : "");
      const { talk, client, server } = greeted(version, keyLog);
      for (let i = 0; i < 60; i++) {
        const sealer = random() < 0.5 ? client : server;
        const from = random() < 0.5 ? "client" : "server";
        const content = Buffer.alloc(Math.floor(random() * 16_000), random() < 0.3 ? INVITE : 0);
        const record = sealer.seal(content, 20 + Math.floor(random() * 5));
        if (random() < 0.5) {
          const at = Math.floor(random() * Math.min(40, record.length));
          record.writeUInt8((record[at] ?? 0) ^ (1 << (i & 7)), at);
        }
        talk.say(from, record.subarray(0, random() < 0.3 ? Math.floor(random() * 900) : undefined));
        if (random() < 0.1) talk.clientSeq += 1000;
        talk.nowUs += 1_000;
        expect(talk.streams.heldBytes).toBeLessThan(600_000);
      }
      talk.streams.advance(talk.nowUs + 10_000_000);
      talk.streams.finish(talk.nowUs + 10_000_000);
      expect(talk.streams.heldBytes).toBe(0);
    }
  });
});

function later(talk: Talk, us: number): void {
  talk.nowUs += us;
  talk.streams.advance(talk.nowUs);
}

describe.each(VERSIONS)("records of one byte in TLS %s", (version) => {
  /** A message in records of one byte, over segments of twenty of them. */
  function segments(client: Sealer): Buffer[] {
    const records = [...INVITE].map((byte) => client.seal(Buffer.from(byte)));
    return Array.from({ length: Math.ceil(records.length / 20) }, (_, i) =>
      Buffer.concat(records.slice(20 * i, 20 * i + 20)),
    );
  }

  it("are read with the segments that bring them", () => {
    const { talk, client } = greeted(version);
    for (const segment of segments(client)) talk.say("client", segment);
    expect(talk.texts).toEqual([INVITE]);
  });

  it("that waited behind a missing segment go on with those that follow, or with time", () => {
    for (const way of ["segments", "time", "the end"] as const) {
      const { talk, client } = greeted(version);
      const [first = Buffer.alloc(0), ...rest] = segments(client);
      const seq = talk.clientSeq;
      talk.clientSeq += first.length;
      for (const segment of rest) talk.say("client", segment);
      const next = talk.clientSeq;
      talk.clientSeq = seq;
      talk.say("client", first);
      talk.clientSeq = next;
      // One packet does not open hundreds of records.
      expect([way, talk.texts]).toEqual([way, []]);
      if (way === "segments") {
        for (let i = 0; i < 20; i++) talk.say("client", client.seal(Buffer.from(BYE)));
        expect(talk.texts).toEqual([INVITE, ...Array.from({ length: 20 }, () => BYE)]);
      } else if (way === "time") {
        for (let i = 0; i < 20; i++) later(talk, 3_000_000);
        expect(talk.texts).toEqual([INVITE]);
      } else {
        talk.streams.finish(talk.nowUs);
        expect(talk.texts).toEqual([INVITE]);
      }
      expect([talk.unread, talk.streams.heldBytes]).toEqual([[], 0]);
    }
  });

  it("go before bytes that are missing for good", () => {
    const { talk, client } = greeted(version);
    const all = segments(client);
    talk.say("client", Buffer.concat(all));
    expect(talk.texts).toEqual([]);
    talk.clientSeq += 1000;
    client.seal(Buffer.alloc(970));
    talk.say("client", client.seal(Buffer.from(BYE)));
    for (let i = 0; i < 20; i++) later(talk, 3_000_001);
    expect(talk.texts).toEqual([INVITE, BYE]);
  });

  it("are all read, when more and more of them wait, and hold no more than a stream may", () => {
    const { talk, client } = greeted(version);
    const dense = () =>
      Buffer.concat(Array.from({ length: 48 }, () => client.seal(Buffer.from("x"))));
    talk.say("client", client.seal(Buffer.from(INVITE)));
    for (let i = 0; i < 500; i++) talk.say("client", dense());
    talk.say("client", client.seal(Buffer.from(`\r\n${BYE}`)));
    expect(talk.streams.heldBytes).toBeLessThan(1_000_000);
    talk.streams.finish(talk.nowUs);
    expect(talk.texts).toEqual([INVITE, BYE]);
    expect([talk.unread, talk.streams.heldBytes]).toEqual([[], 0]);
  });
});

it("TLS 1.2 is read up to where keys are agreed on anew, and says so (RFC 5246 7.4.1.1)", () => {
  const { talk, client } = greeted("1.2");
  talk.say("client", client.seal(Buffer.from(INVITE)));
  talk.say("client", client.seal(clientHello().subarray(5), 22));
  talk.say("client", client.seal(Buffer.from(BYE)));
  expect([talk.texts, talk.unread]).toEqual([[INVITE, BYE], []]);
  talk.say("client", client.seal(Buffer.from([1]), 20));
  expect(talk.unread).toEqual([TlsUnread.RENEGOTIATED]);
  expect([talk.streams.size, talk.streams.heldBytes]).toEqual([0, 0]);
});

describe("data before the server's hello (RFC 8446 2.3)", () => {
  function early(keys: string) {
    const talk = new Talk({ keyLog: new LateLog(keys) }).handshake();
    talk.say("client", clientHello());
    talk.say("client", new Sealer("1.3", true, "early").seal(Buffer.from(INVITE)));
    talk.say("server", serverHello("1.3"));
    return talk.say("client", new Sealer("1.3", true).seal(Buffer.from(BYE)));
  }

  it("is read when its secret is logged", () => {
    const talk = early(SESSION_KEYS + EARLY_KEY);
    expect([talk.texts, talk.unread]).toEqual([[INVITE, BYE], []]);
  });

  it("is told as unread when it is not, once, and what follows is read", () => {
    const talk = early(SESSION_KEYS);
    expect([talk.texts, talk.unread]).toEqual([[BYE], [TlsUnread.EARLY_DATA]]);
  });
});

it("SSL 3.0, and TLS 1.0 and 1.1 with a suite that is not theirs, are told as too old", () => {
  for (const minor of [0, 1, 2]) {
    const talk = new Talk({ keyLog: new LateLog() }).handshake();
    const hello = serverHello("1.2");
    hello[10] = minor;
    talk.say("client", clientHello()).say("server", hello);
    expect([talk.unread, talk.streams.size]).toEqual([[TlsUnread.OLD_VERSION], 0]);
  }
});

it("connections over TLS without a key log are left alone", () => {
  const talk = new Talk().handshake().say("client", clientHello());
  expect(talk.streams.size).toBe(0);
});

it("a hello longer than any ends it", () => {
  const talk = new Talk({ keyLog: new LateLog() }).handshake();
  talk.say("client", tlsRecord(22, Buffer.from([1, 0xff, 0xff, 0xff, 3, 3])));
  expect(talk.streams.size).toBe(0);
});
