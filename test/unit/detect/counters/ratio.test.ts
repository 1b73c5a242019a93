import { describe, expect, it } from "vitest";
import { Rig } from "../rig.ts";

const RULE =
  'alert sip any any -> any any (msg:"walk"; ratio: 404 / 401 407 200, above 3, min 20, track by_client, seconds 60; sid:1;)';

function respond(rig: Rig, value: number, at: number, src?: string): number[] {
  return rig.raise("sip.response", { value, at, ...(src !== undefined && { src }) });
}

describe("ratio", () => {
  it("alerts when enough numerators outweigh the denominators", () => {
    const rig = new Rig(RULE);
    for (let i = 0; i < 19; i++) expect(respond(rig, 404, i)).toEqual([]);
    expect(respond(rig, 404, 19)).toEqual([1]);
    expect(rig.alerts[0]?.voip.counter).toMatchObject({
      type: "ratio",
      count: 20,
      ratio: 20,
      seconds: 60,
    });
  });

  it("a division by zero counts as 1 in the denominator", () => {
    const rig = new Rig(
      "alert sip any any -> any any (ratio: 404 / 200, above 4, min 1, track by_client, seconds 60; sid:1;)",
    );
    const fired = [1, 2, 3, 4, 5].map((at) => respond(rig, 404, at).length);
    expect(fired).toEqual([0, 0, 0, 0, 1]);
  });

  it("stays silent where successes balance", () => {
    const rig = new Rig(RULE);
    for (let i = 0; i < 200; i++) respond(rig, i % 4 === 0 ? 401 : 404, i / 10);
    expect(rig.alerts).toEqual([]);
  });

  it("alerts once a window per key while the attack goes on", () => {
    const rig = new Rig(RULE);
    for (let s = 0; s < 300; s++) respond(rig, 404, s);
    expect(rig.alerts.length).toBe(5);
  });

  it("slides: numerators older than the window do not count", () => {
    const rig = new Rig(RULE);
    for (let i = 0; i < 19; i++) respond(rig, 404, i);
    expect(respond(rig, 404, 70)).toEqual([]);
    // A fixed window opened at 0 would have forgotten all of these at 60; the sliding one has 20 here.
    for (let i = 0; i < 19; i++) respond(rig, 404, 71 + i);
    expect(rig.alerts.length).toBe(1);
  });

  it("keeps a value of unique_on for the window and not a twelfth longer", () => {
    const rig = new Rig(
      "alert sip any any -> any any (ratio: 404 / 200, above 0, min 3, track by_client, seconds 60, unique_on to_user; sid:1;)",
    );
    const ask = (user: string, at: number) =>
      rig.raise("sip.response", { value: 404, at, subject: { toUser: user } });
    ask("100", 0);
    ask("101", 30);
    // 61 s lie between the first and this: two are left, whatever part of the window is the first one's.
    expect(ask("102", 61)).toEqual([]);
    expect(ask("103", 62)).toEqual([1]);
  });

  it("counts clients apart, whichever end sends the packet", () => {
    const rig = new Rig(RULE);
    for (let i = 0; i < 40; i++) respond(rig, 404, i / 4, i % 2 === 0 ? "10.0.0.1" : "10.0.0.2");
    expect(rig.alerts.map(({ srcIp }) => srcIp).sort()).toEqual(["10.0.0.1", "10.0.0.2"]);
  });

  it("takes classes, methods and facts as sides", () => {
    const rig = new Rig(
      "alert sip any any -> any any (ratio: 4xx sip.auth_failed / REGISTER, above 1, min 2, track by_client, seconds 60; sid:1;)",
    );
    rig.raise("sip.request", { at: 1, subject: { method: "REGISTER" } });
    rig.raise("sip.request", { at: 1, subject: { method: "OPTIONS" } });
    expect(respond(rig, 486, 2)).toEqual([]);
    expect(rig.raise("sip.auth_failed", { at: 3 })).toEqual([1]);
  });

  it("unique_on counts distinct values on each side", () => {
    const rig = new Rig(
      "alert sip any any -> any any (ratio: 404 / 200, above 2, min 3, track by_client, seconds 60, unique_on to_user; sid:1;)",
    );
    const ask = (user: string, at: number) =>
      rig.raise("sip.response", { value: 404, at, subject: { toUser: user } });
    expect([ask("100", 1), ask("100", 2), ask("101", 3), ask("101", 4)].flat()).toEqual([]);
    expect(ask("102", 5)).toEqual([1]);
    expect(rig.alerts[0]?.voip.counter).toMatchObject({ count: 3, uniqueOn: "to_user" });
  });

  it("unique_on forgets values that leave the window", () => {
    const rig = new Rig(
      "alert sip any any -> any any (ratio: 404 / 200, above 2, min 3, track by_client, seconds 60, unique_on to_user; sid:1;)",
    );
    const ask = (user: string, at: number) =>
      rig.raise("sip.response", { value: 404, at, subject: { toUser: user } });
    expect([ask("100", 0), ask("101", 40), ask("102", 80)].flat()).toEqual([]);
    expect(ask("103", 81)).toEqual([1]);
  });

  it("reset_on forgets the key", () => {
    const rig = new Rig(
      RULE.replace("seconds 60;", "seconds 60, reset_on sip.registered, sip.auth_ok;"),
    );
    for (let i = 0; i < 19; i++) respond(rig, 404, i);
    rig.raise("sip.auth_ok", { at: 19 });
    expect(respond(rig, 404, 20)).toEqual([]);
    expect(rig.alerts).toEqual([]);
  });

  it("matches of the rule gate what is counted", () => {
    const rig = new Rig(RULE.replace("sip any any", "sip 10.0.0.0/8 any"));
    for (let i = 0; i < 30; i++) respond(rig, 404, i, "192.0.2.1");
    expect(rig.alerts).toEqual([]);
    for (let i = 0; i < 30; i++) respond(rig, 404, i, "10.0.0.1");
    expect(rig.alerts.length).toBe(1);
  });
});
