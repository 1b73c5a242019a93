import { describe, expect, it } from "vitest";
import { ask, register, requestOf } from "../../support/sip-actors.ts";
import { challenge, credentials, sipResponse } from "../../support/sip-builder.ts";
import { type Endpoint, Wire } from "../../support/wire.ts";

const PHONE: Endpoint = { ip: "192.0.2.31", port: 5060 };
const OTHER: Endpoint = { ip: "192.0.2.32", port: 5060 };
const PROXY: Endpoint = { ip: "192.0.2.10", port: 5060 };
const SERVER: Endpoint = { ip: "192.0.2.11", port: 5060 };

function factsOf(make: (wire: Wire) => void): Readonly<Record<string, number>> {
  const wire = new Wire();
  make(wire);
  return wire.run().facts;
}

/** The next hop: another sender, one more Via on top (RFC 3261 16.6 item 8). */
function onward(text: string, branch: string): string {
  const via = `Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK${branch}`;
  return text.replace("\r\nVia:", `\r\n${via}\r\nVia:`);
}

describe("a transaction is counted once (RFC 3261 17.1)", () => {
  it("however often its request is retransmitted", () => {
    const facts = factsOf((wire) => {
      const request = requestOf(wire, PHONE, SERVER, "OPTIONS", "x");
      for (const after of [0, 0.5, 1.5, 3.5]) wire.send(PHONE, SERVER, request.text, after);
      wire.send(SERVER, PHONE, sipResponse(request, 404, { toTag: "t" }), 3.6);
      wire.send(SERVER, PHONE, sipResponse(request, 404, { toTag: "t" }), 4.1);
    });
    expect(facts).toMatchObject({ "sip.request": 1, "sip.response": 1, "sip.user_unknown": 1 });
  });

  it("at its first hop, when a proxy sends it on and its answers back", () => {
    const facts = factsOf((wire) => {
      const request = requestOf(wire, PHONE, PROXY, "OPTIONS", "x");
      const answer = sipResponse(request, 404, { toTag: "t" });
      wire.send(PHONE, PROXY, request.text);
      wire.send(PROXY, SERVER, onward(request.text, "p1"), 0.01);
      wire.send(SERVER, PROXY, onward(answer, "p1"), 0.02);
      wire.send(PROXY, PHONE, answer, 0.03);
    });
    expect(facts).toMatchObject({ "sip.request": 1, "sip.response": 1, "sip.user_unknown": 1 });
  });

  it("but as another one for each guess that keeps Call-ID and CSeq and changes the branch", () => {
    const facts = factsOf((wire) => {
      for (let i = 0; i < 5; i++) {
        const request = requestOf(wire, PHONE, SERVER, "REGISTER", "201", {
          callId: "same",
          fromTag: "same",
          cseq: 2,
          headers: [credentials("201", `n${i}`, `guess${i}`)],
        });
        ask(wire, PHONE, SERVER, request, 401, [challenge(`n${i + 1}`)]);
        wire.now += 3;
      }
    });
    // At the end of the input the last one waits for no success any more.
    expect(facts).toMatchObject({ "sip.request": 5, "sip.auth_failed": 5 });
  });
});

describe("answers", () => {
  it("to nobody who asked are no facts", () => {
    const facts = factsOf((wire) => {
      const request = requestOf(wire, PHONE, SERVER, "REGISTER", "201");
      wire.send(PHONE, SERVER, request.text);
      wire.send(SERVER, OTHER, sipResponse(request, 404, { toTag: "t" }), 0.01);
    });
    expect(facts["sip.user_unknown"]).toBeUndefined();
  });

  it("of 100 to 199 do not end a transaction; the first final one does", () => {
    const facts = factsOf((wire) => {
      const request = requestOf(wire, PHONE, SERVER, "INVITE", "201", { to: "999" });
      wire.send(PHONE, SERVER, request.text);
      for (const [status, after] of [
        [100, 0.01],
        [180, 1],
        [404, 2],
        [486, 2.1],
      ] as const) {
        wire.send(SERVER, PHONE, sipResponse(request, status, { toTag: "t" }), after);
      }
    });
    expect(facts).toMatchObject({ "sip.response": 1, "sip.user_unknown": 1 });
  });
});

describe("challenges (RFC 3261 22)", () => {
  it("that are taken up are neither failed nor abandoned", () => {
    const facts = factsOf((wire) => {
      register(wire, PHONE, SERVER, "201");
      wire.now += 30;
      register(wire, OTHER, SERVER, "202");
    });
    expect(facts).toMatchObject({ "sip.challenged": 2, "sip.auth_ok": 2, "sip.registered": 2 });
    expect(facts["sip.auth_failed"]).toBeUndefined();
    expect(facts["sip.challenge_abandoned"]).toBeUndefined();
  });

  it("that nobody takes up are abandoned after the wait", () => {
    const facts = factsOf((wire) => {
      ask(wire, PHONE, SERVER, requestOf(wire, PHONE, SERVER, "REGISTER", "201"), 401, [
        challenge("n"),
      ]);
      wire.now += 60;
      register(wire, OTHER, SERVER, "202");
    });
    expect(facts).toMatchObject({ "sip.challenge_abandoned": 1 });
  });

  it("with stale=true do not call the credentials wrong (RFC 7616 3.3)", () => {
    const facts = factsOf((wire) => {
      for (let i = 0; i < 5; i++) {
        const headers = [credentials("201", `n${i}`, `r${i}`)];
        const request = requestOf(wire, PHONE, SERVER, "REGISTER", "201", { headers });
        ask(wire, PHONE, SERVER, request, 401, [`${challenge(`m${i}`)}, stale=TRUE`]);
        wire.now += 10;
      }
    });
    expect(facts["sip.auth_failed"]).toBeUndefined();
  });
});

describe("silence", () => {
  it("of a server that answers others is an unanswered request", () => {
    const facts = factsOf((wire) => {
      register(wire, OTHER, SERVER, "202");
      wire.now += 1;
      wire.send(PHONE, SERVER, requestOf(wire, PHONE, SERVER, "OPTIONS", "x").text);
      wire.now += 30;
      register(wire, OTHER, SERVER, "202");
    });
    expect(facts["sip.unanswered"]).toBe(1);
  });

  it("of all servers is blindness of the sensor, not of them", () => {
    const facts = factsOf((wire) => {
      for (let i = 0; i < 40; i++) {
        wire.send(PHONE, SERVER, requestOf(wire, PHONE, SERVER, "OPTIONS", "x").text);
        wire.now += 10;
      }
    });
    expect(facts["sip.unanswered"]).toBeUndefined();
    expect(facts["sip.request_blind"]).toBe(40);
  });
});
