import { expect, it } from "vitest";
import { HostNames } from "../../../../src/decode/host-names.ts";
import { GatheredUsers } from "../../../../src/track/registrations/gathered-users.ts";
import type { Binding } from "../../../../src/track/registrations/registrations.ts";
import type { Transaction } from "../../../../src/track/transactions/transaction.ts";

const SERVER = 0x0a000001;
const GATEWAY = 0xc6336401;
const HOUR_US = 3_600_000_000;
const HOSTS = 10_000;

const of = (client: number, aorKey: number) =>
  ({ aorKey, client, server: SERVER }) as unknown as Transaction;
/** Each of another network. */
const at = (number: number) => ({ host: 0x20000000 + number * 0x10000 }) as unknown as Binding;

it("counts networks from which users come to a new host within the hour", () => {
  const gathered = new GatheredUsers(new HostNames());
  const counts = [1, 2, 2, 3].map((from, user) => gathered.bound(of(GATEWAY, user), at(from), 1e6));
  expect(counts).toEqual([1, 2, 0, 3]);
  expect(gathered.bound(of(GATEWAY, 9), at(9), HOUR_US + 2e6)).toBe(0);
});

it("keeps a gateway in mind, however many telephones register beside it", () => {
  const gathered = new GatheredUsers(new HostNames());
  let most = 0;
  for (let round = 0; round < 4; round++) {
    const us = round * (HOUR_US / 2) + 1;
    // Its users come from everywhere, but not while it is new.
    for (let user = 0; user < 8; user++) {
      const latest = round < 3 ? null : at(user);
      most = Math.max(most, gathered.bound(of(GATEWAY, user), latest, us));
    }
    for (let host = 1; host <= HOSTS; host++) {
      gathered.bound(of(host, host), null, us + host);
      if (host % 100 === 0) gathered.bound(of(GATEWAY, 0), null, us + host);
    }
  }
  expect(most).toBe(0);
});
