import { onlyFrom } from "./blind.ts";
import { Account, attempt } from "./digest.ts";
import { PBX, phone, STRANGER } from "./lab.ts";
import type { Case } from "./scene.ts";

/** Walks and guesses where the mirror takes one direction, and what telephones and gateways do there. */
export const UNSEEN_ANSWERS: readonly Case[] = [
  {
    name: "patient_guesses_without_answers",
    expect: "alert brute <=3",
    kind: "blind",
    what: "what the PBX sends is not mirrored: a stranger sends a digest for one account each 9 s for a quarter of an hour",
    make: (scene) => {
      for (const n of [1, 2]) new Account(scene, phone(n), PBX, `20${n}`).login();
      const guesser = new Account(scene, STRANGER, PBX, "203");
      for (let i = 0; i < 100; i++) {
        guesser.login({ password: `g${i}`, status: 403 });
        scene.wait(9);
      }
      onlyFrom(scene, (ip) => ip !== PBX.ip);
    },
  },
  {
    name: "impatient_phone_without_answers",
    expect: "quiet",
    kind: "blind",
    what: "what the PBX sends is not mirrored: a phone refreshes each 30 s for half an hour, and twice sends fifteen digests at once",
    make: (scene) => {
      const account = new Account(scene, phone(1), PBX, "201");
      for (let i = 0; i < 60; i++) {
        account.login();
        if (i === 20 || i === 23) account.burst(15);
        scene.wait(30);
      }
      onlyFrom(scene, (ip) => ip !== PBX.ip);
    },
  },
  ...["OPTIONS", "INVITE", "SUBSCRIBE"].map(
    (method): Case => ({
      name: `walk_by_${method.toLowerCase()}_without_answers`,
      expect: "alert enum <=3",
      kind: "blind",
      what: `what the PBX sends is not mirrored: a stranger asks for 50 extensions by ${method}, one a second`,
      make: (scene) => {
        for (const n of [1, 2]) new Account(scene, phone(n), PBX, `20${n}`).login();
        for (let i = 0; i < 50; i++) {
          attempt(scene, { ...STRANGER, port: 40_000 + i }, PBX, {
            from: "100",
            to: String(300 + i),
            status: 404,
            method,
          });
          scene.wait(0.9);
        }
        onlyFrom(scene, (ip) => ip !== PBX.ip);
      },
    }),
  ),
  {
    name: "patient_walk_without_answers",
    expect: "alert enum <=3",
    kind: "blind",
    what: "what the PBX sends is not mirrored: a stranger registers 35 users without credentials from one port, one a minute",
    make: (scene) => {
      for (const n of [1, 2]) new Account(scene, phone(n), PBX, `20${n}`).login();
      for (let i = 0; i < 35; i++) {
        new Account(scene, STRANGER, PBX, String(300 + i)).refused(404);
        scene.wait(60);
      }
      onlyFrom(scene, (ip) => ip !== PBX.ip);
    },
  },
  {
    name: "busy_lamps_without_answers",
    expect: "quiet",
    kind: "blind",
    what: "what the PBX sends is not mirrored: a receptionist's phone starts and subscribes to 60 extensions, each with credentials",
    make: (scene) => {
      new Account(scene, phone(1), PBX, "201").login();
      for (let i = 0; i < 60; i++) {
        attempt(scene, phone(1), PBX, {
          from: "201",
          to: String(300 + i),
          status: 200,
          password: "secret-of-201",
          method: "SUBSCRIBE",
        });
      }
      onlyFrom(scene, (ip) => ip !== PBX.ip);
    },
  },
  {
    name: "gateway_registers_without_answers",
    expect: "quiet",
    kind: "blind",
    what: "what the PBX sends is not mirrored: a gateway registers its 48 accounts from one port, twice",
    make: (scene) => {
      const ports = Array.from(
        { length: 48 },
        (_, n) => new Account(scene, phone(1), PBX, String(300 + n)),
      );
      for (let round = 0; round < 2; round++) {
        for (const port of ports) {
          port.login();
          scene.wait(0.2);
        }
        scene.wait(120);
      }
      onlyFrom(scene, (ip) => ip !== PBX.ip);
    },
  },
];
