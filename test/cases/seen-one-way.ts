import type { CapturePacket } from "../support/pcap-writer.ts";
import { Account } from "./digest.ts";
import { natted, PBX, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "seen-one-way";
const PBX_BYTES = Buffer.from(PBX.ip.split(".").map(Number));

/** What the PBX sends alone, or what it is sent. */
function mirror(scene: Scene, side: "sent" | "received"): void {
  const at = side === "sent" ? 26 : 30;
  scene.tap((packet: CapturePacket) =>
    Buffer.from(packet.bytes.subarray(at, at + 4)).equals(PBX_BYTES) ? [packet] : [],
  );
}

/** Tries on ever new Call-IDs, all refused. */
function tries(scene: Scene, count: number, pause: number, user: (n: number) => string): void {
  for (let i = 0; i < count; i++) {
    new Account(scene, STRANGER, PBX, user(i)).login({ password: `guess${i}`, status: 403 });
    scene.wait(pause);
  }
}

/** Telephones behind one address register each minute, on one Call-ID each. */
function office(scene: Scene, phones: number, status: (n: number, round: number) => number): void {
  const accounts = Array.from({ length: phones }, (_, n) => {
    return new Account(scene, natted(n), PBX, String(1000 + n));
  });
  for (let round = 0; round < 10; round++) {
    for (const [n, account] of accounts.entries()) {
      account.login({ status: status(n, round) });
      scene.wait(60 / phones - 0.015);
    }
  }
}

export const SEEN_ONE_WAY: readonly Case[] = [
  {
    name: "guesses_of_which_only_answers_are_seen",
    expect: "alert brute <=3",
    kind: KIND,
    what: "90 guesses at one account, one a second, of which the mirror shows what the PBX sends",
    make: (scene) => {
      tries(scene, 90, 1, () => "201");
      mirror(scene, "sent");
    },
  },
  {
    name: "spray_of_which_only_answers_are_seen",
    expect: "alert refused <=3",
    kind: KIND,
    what: "the same of one password for 60 users",
    make: (scene) => {
      tries(scene, 60, 3, (n) => String(300 + n));
      mirror(scene, "sent");
    },
  },
  {
    name: "walk_of_which_only_answers_are_seen",
    expect: "alert enum <=3",
    kind: KIND,
    what: "the same of a walk over 90 users by REGISTER, all unknown (404)",
    make: (scene) => {
      for (let n = 0; n < 90; n++) {
        new Account(scene, STRANGER, PBX, String(300 + n)).refused(404);
        scene.wait(2);
      }
      mirror(scene, "sent");
    },
  },
  {
    name: "slow_guesses_of_which_only_requests_are_seen",
    expect: "alert brute <=3",
    kind: KIND,
    what: "150 guesses at one account, one in twenty seconds, of which the mirror shows what the PBX receives",
    make: (scene) => {
      tries(scene, 150, 20, () => "201");
      mirror(scene, "received");
    },
  },
  {
    name: "fast_guesses_of_which_only_requests_are_seen",
    expect: "alert BRUTE guesses <=2",
    kind: KIND,
    what: "150 guesses at one account, four a second, each on a Call-ID of its own from one port",
    make: (scene) => {
      tries(scene, 150, 0.25, () => "201");
      mirror(scene, "received");
    },
  },
  {
    name: "phones_with_one_account_of_which_only_requests_are_seen",
    expect: "max 3",
    kind: KIND,
    what: "150 telephones behind one address that share an account register after a power cut, four a second",
    make: (scene) => {
      for (let n = 0; n < 150; n++) {
        new Account(scene, natted(n), PBX, "201").login();
        scene.wait(0.25);
      }
      mirror(scene, "received");
    },
  },
  {
    name: "lines_of_a_pbx_of_which_only_requests_are_seen",
    expect: "quiet",
    kind: KIND,
    what: "a PBX registers 120 lines from one port, four a second, each time on Call-IDs of their own",
    make: (scene) => {
      for (let n = 0; n < 240; n++) {
        new Account(scene, natted(0), PBX, String(400 + (n % 120))).login();
        scene.wait(0.25);
      }
      mirror(scene, "received");
    },
  },
  {
    name: "client_in_a_loop_of_which_only_requests_are_seen",
    expect: "max 3",
    kind: KIND,
    what: "a client begins anew each two seconds, on a Call-ID of its own",
    make: (scene) => {
      for (let n = 0; n < 150; n++) {
        new Account(scene, natted(0), PBX, "201").login();
        scene.wait(2);
      }
      mirror(scene, "received");
    },
  },
  {
    name: "office_of_which_only_answers_are_seen",
    expect: "quiet",
    kind: KIND,
    what: "60 telephones behind one address register each minute; the mirror shows what the PBX sends",
    make: (scene) => {
      office(scene, 60, () => 200);
      mirror(scene, "sent");
    },
  },
  {
    name: "office_of_which_only_requests_are_seen",
    expect: "quiet",
    kind: KIND,
    what: "the same, and the mirror shows what the PBX receives",
    make: (scene) => {
      office(scene, 60, () => 200);
      mirror(scene, "received");
    },
  },
  {
    name: "phone_with_an_old_password_of_which_only_answers_are_seen",
    expect: "quiet",
    kind: KIND,
    what: "one of ten telephones has an old password and tries on each minute (403); the mirror shows what the PBX sends",
    make: (scene) => {
      office(scene, 10, (n) => (n === 0 ? 403 : 200));
      mirror(scene, "sent");
    },
  },
  {
    name: "check_each_minute_of_which_only_requests_are_seen",
    expect: "quiet",
    kind: KIND,
    what: "a check registers each minute for three hours, on a Call-ID each; the mirror shows what the PBX receives",
    make: (scene) => {
      for (let i = 0; i < 180; i++) {
        new Account(scene, natted(3), PBX, "check").login();
        scene.wait(60);
      }
      mirror(scene, "received");
    },
  },
];
