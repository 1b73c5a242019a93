import { describe, expect, it } from "vitest";
import { AccountTable, type Attempt } from "../../../../src/track/accounts/accounts.ts";
import { DEFAULT_TRACK_SETTINGS } from "../../../../src/track/settings.ts";

const SECOND_US = 1_000_000;
const START_US = 1_800_000_000_000_000;
const DAY_S = 24 * 3600;

interface Options {
  readonly account?: number;
  readonly client?: number;
  /** A number of its own for each digest unless it is given. */
  readonly call?: number;
  readonly cseq?: number;
  readonly digest?: number;
}

class Accounts {
  /** Tries, as each was reported; stuck ones apart. */
  readonly failed: number[] = [];
  readonly stuck: number[] = [];
  readonly accepted: number[] = [];
  readonly recovered: number[] = [];
  readonly amidGuesses: number[] = [];
  readonly table = new AccountTable(
    { ...DEFAULT_TRACK_SETTINGS, accountsMax: 1024 },
    {
      triedAnew: () => undefined,
      acceptedAmidGuesses: (_, guesses) => this.amidGuesses.push(guesses),
      failed: (_, tries, isStuck) => (isStuck ? this.stuck : this.failed).push(tries),
      accepted: (_, guesses, recovered) => {
        this.accepted.push(guesses);
        this.recovered.push(recovered);
      },
    },
  );
  #serial = 1000;

  reject(atS: number, options: Options = {}): Attempt {
    this.settle(atS);
    const attempt = this.#attempt(options);
    this.table.reject(attempt, START_US + atS * SECOND_US);
    return attempt;
  }

  /** Credentials sent at `sentS` and met by silence, which is known at `atS`. */
  ignore(sentS: number, atS: number, options: Options = {}): void {
    this.settle(atS);
    const [sentUs, nowUs] = [START_US + sentS * SECOND_US, START_US + atS * SECOND_US];
    this.table.ignore(this.#attempt(options), sentUs, nowUs);
  }

  accept(atS: number, options: Options = {}): Attempt {
    this.settle(atS);
    const attempt = this.#attempt(options);
    this.table.accept(attempt, true, START_US + atS * SECOND_US);
    return attempt;
  }

  contradict(atS: number, attempt: Attempt): void {
    this.settle(atS);
    this.table.contradict(attempt, START_US + atS * SECOND_US);
  }

  settle(atS: number): void {
    const nowUs = START_US + atS * SECOND_US;
    while (this.table.isDue(nowUs)) this.table.settleNext(nowUs);
  }

  #attempt({ account = 1, client = 1, call, cseq, digest }: Options): Attempt {
    const ref = ++this.#serial;
    const own = { ref, client, accountKey: account, cseq: cseq ?? ref };
    return { ...own, callKey: call ?? ref, digestKey: digest ?? ref };
  }
}

describe("a try", () => {
  it("is none when success follows at once: a refresh with an old nonce", () => {
    const accounts = new Accounts();
    for (let i = 0; i < 20; i++) {
      accounts.reject(i * 60);
      accounts.accept(i * 60 + 0.01);
    }
    accounts.settle(DAY_S);
    expect(accounts.failed).toEqual([]);
    expect(accounts.accepted).toHaveLength(20);
    expect(Math.max(...accounts.accepted)).toBeLessThanOrEqual(1);
  });

  it("is reported once the settle time has passed without success", () => {
    const accounts = new Accounts();
    accounts.reject(0);
    accounts.settle(3.9);
    expect(accounts.failed).toEqual([]);
    accounts.settle(4.1);
    expect(accounts.failed).toEqual([1]);
  });

  it("is counted once for each digest, however often and in which order it is sent", () => {
    const accounts = new Accounts();
    for (const [i, digest] of [7, 8, 7, 8, 7, 9].entries()) accounts.reject(i, { digest });
    accounts.settle(60);
    expect(accounts.failed).toEqual([1, 2, 3]);
  });

  it("is one for a burst of one wrong password on one Call-ID, as baresip sends it", () => {
    const accounts = new Accounts();
    for (let i = 0; i < 15; i++) accounts.reject(i * 0.013, { call: 5 });
    accounts.settle(10);
    expect(accounts.failed).toEqual([1]);
  });

  it("is each digest of a longer burst", () => {
    const accounts = new Accounts();
    for (let i = 0; i < 60; i++) accounts.reject(i * 0.01, { call: 5 });
    expect(accounts.failed).toHaveLength(60);
  });

  it("is one of many at once: only the last of a burst tells the sum, so it is fast before it is slow", () => {
    const accounts = new Accounts();
    for (let i = 0; i < 6; i++) accounts.reject(i * 10);
    accounts.settle(60);
    for (let i = 0; i < 21; i++) accounts.reject(100 + i * 0.01, { call: 5 });
    expect(accounts.failed.slice(0, 6)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(accounts.failed.slice(6, -1)).toEqual([
      6,
      6,
      6,
      6,
      6,
      ...Array.from({ length: 15 }, (_, i) => 6 + i),
    ]);
    expect(accounts.failed.at(-1)).toBe(27);
  });

  it("is each digest of a burst that ends in success on its Call-ID, from eight on", () => {
    for (const [digests, guesses] of [
      [7, 1],
      [8, 8],
    ] as const) {
      const accounts = new Accounts();
      for (let i = 0; i < digests; i++) accounts.reject(i * 0.013, { call: 5 });
      accounts.accept(0.2, { call: 5 });
      accounts.settle(10);
      expect(accounts.accepted, `${digests}`).toEqual([guesses]);
    }
  });

  it("is one for a burst and success on another Call-ID, or later", () => {
    for (const [atS, call] of [
      [0.2, 6],
      [1.5, 5],
    ] as const) {
      const accounts = new Accounts();
      for (let i = 0; i < 15; i++) accounts.reject(i * 0.013, { call: 5 });
      accounts.accept(atS, { call });
      accounts.settle(10);
      expect(accounts.accepted, `${atS}`).toEqual([1]);
    }
  });

  it("is each digest of guesses that go on on one Call-ID", () => {
    const accounts = new Accounts();
    for (let i = 0; i < 30; i++) accounts.reject(i * 0.2, { call: 5 });
    expect(accounts.failed).toHaveLength(30);
  });

  it("belongs to its client and account: nobody's success clears another's", () => {
    const accounts = new Accounts();
    for (let i = 0; i < 10; i++) accounts.reject(i, { account: 1, client: 1 });
    accounts.accept(11, { account: 1, client: 2 });
    accounts.accept(12, { account: 2, client: 1 });
    accounts.accept(13, { account: 1, client: 1 });
    accounts.settle(20);
    expect(accounts.accepted).toEqual([0, 0, 10]);
  });
});

describe("a success after guesses", () => {
  it("carries all tries of the day, at one in twenty seconds for two hours too", () => {
    const accounts = new Accounts();
    for (let i = 0; i < 360; i++) accounts.reject(i * 20);
    accounts.accept(7200);
    accounts.settle(7300);
    expect(accounts.accepted).toEqual([360]);
  });

  it("forgets what is older than a day", () => {
    const accounts = new Accounts();
    for (let i = 0; i < 50; i++) accounts.reject(i);
    accounts.reject(2 * DAY_S);
    accounts.accept(2 * DAY_S + 10);
    accounts.settle(2 * DAY_S + 20);
    expect(accounts.accepted[0]).toBeLessThan(3);
  });

  it("counts what many clients have tried, for one of them", () => {
    const accounts = new Accounts();
    for (let i = 0; i < 40; i++) accounts.reject(i * 6, { client: 1 + (i % 20) });
    accounts.accept(250, { client: 3 });
    accounts.settle(260);
    expect(accounts.accepted[0]).toBeGreaterThanOrEqual(30);
  });

  it("is reported apart of who has guessed nothing himself, whatever others try", () => {
    const accounts = new Accounts();
    for (let i = 0; i < 40; i++) accounts.reject(i * 6, { client: 1 + (i % 20) });
    accounts.accept(250, { client: 77 });
    accounts.settle(260);
    expect(accounts.accepted).toEqual([]);
    expect(accounts.amidGuesses).toEqual([40]);
  });

  it("is no compromise for who was at home there before: a changed password", () => {
    const accounts = new Accounts();
    accounts.accept(0);
    for (let i = 1; i <= 12; i++) accounts.reject(i * 10);
    accounts.accept(130);
    accounts.settle(140);
    expect(accounts.accepted).toEqual([0, 0]);
    expect(accounts.recovered[1]).toBeGreaterThanOrEqual(11);
    expect(accounts.failed).toEqual([]);
  });

  it("is one even there after guesses as fast as a tool's", () => {
    const accounts = new Accounts();
    accounts.accept(0);
    for (let i = 1; i <= 200; i++) accounts.reject(i * 0.1);
    accounts.accept(21);
    accounts.settle(30);
    expect(accounts.accepted[1]).toBeGreaterThanOrEqual(190);
  });

  it("is no compromise for a phone that was stuck: one Call-ID, its own pace", () => {
    const accounts = new Accounts();
    for (let i = 0; i < 100; i++) accounts.reject(i * 60, { call: 5 });
    accounts.accept(6000, { call: 5 });
    accounts.settle(6010);
    expect(accounts.accepted).toEqual([0]);
    expect(accounts.recovered[0]).toBeGreaterThanOrEqual(99);
    expect(accounts.stuck.length).toBeGreaterThan(90);
  });

  it("that the server's own answer contradicts is none, and clears nothing", () => {
    const accounts = new Accounts();
    for (let i = 0; i < 100; i++) {
      const attempt = accounts.accept(i * 0.3);
      accounts.contradict(i * 0.3 + 0.02, attempt);
    }
    accounts.settle(60);
    expect(accounts.failed.length).toBeGreaterThan(90);
    expect(Math.max(...accounts.accepted)).toBe(0);
  });
});

describe("a success that proves nothing", () => {
  it("is reported with its guesses and clears none of them", () => {
    const accounts = new Accounts();
    for (let i = 0; i < 10; i++) accounts.reject(i);
    const attempt = { ref: 1, client: 1, accountKey: 1, callKey: 1, cseq: 1, digestKey: 1 };
    accounts.table.accept(attempt, false, START_US + 9.5 * SECOND_US);
    accounts.settle(11);
    for (let i = 11; i < 15; i++) accounts.reject(i);
    accounts.settle(60);
    expect(accounts.accepted).toEqual([10]);
    expect(accounts.failed.at(-1)).toBe(14);
  });
});

describe("stale answers (RFC 7616 3.3)", () => {
  it("are too many once there are seven in a row without success", () => {
    const accounts = new Accounts();
    const attempt = { ref: 1, client: 1, accountKey: 1, callKey: 1, cseq: 1, digestKey: 1 };
    const verdicts = Array.from({ length: 8 }, () =>
      accounts.table.isStaleTooOften(attempt, START_US),
    );
    expect(verdicts.indexOf(true)).toBe(6);
    accounts.accept(1);
    expect(accounts.table.isStaleTooOften(attempt, START_US + 2 * SECOND_US)).toBe(false);
  });
});

it("keeps a bounded row for whoever tries most", () => {
  const accounts = new Accounts();
  for (let i = 0; i < 100_000; i++) accounts.reject(i * 0.01, { client: i % 5000 });
  expect(accounts.table.logins.table.size).toBeLessThanOrEqual(1024);
});

describe("silence to credentials", () => {
  it("belongs to when they were sent, so a phone's pace stays one", () => {
    const accounts = new Accounts();
    for (let n = 0; n < 12; n++) {
      const cseq = 10 + 2 * n;
      if (n % 3 !== 1) accounts.reject(30 * n, { call: 1, cseq });
      // Told 32 s later, behind the next try.
      if (n % 3 === 2)
        accounts.ignore(30 * (n - 1), 30 * (n - 1) + 32, { call: 1, cseq: cseq - 2 });
    }
    accounts.accept(370, { call: 1, cseq: 50 });
    accounts.settle(500);
    expect(accounts.accepted).toEqual([0]);
    expect(accounts.recovered[0]).toBeGreaterThan(7);
  });

  it("adds nothing to a try that another of its digests was refused in", () => {
    const accounts = new Accounts();
    accounts.reject(0, { call: 1, cseq: 2 });
    accounts.ignore(0.1, 32, { call: 1, cseq: 3 });
    accounts.reject(60, { call: 1, cseq: 4 });
    accounts.settle(100);
    expect([...accounts.failed, ...accounts.stuck]).toEqual([1, 2]);
  });

  it("is a try of its own where a guesser goes on", () => {
    const accounts = new Accounts();
    for (let n = 0; n < 10; n++) accounts.ignore(2 * n, 2 * n + 32, { call: 1, cseq: n });
    accounts.settle(200);
    expect(accounts.failed.at(-1)).toBe(10);
  });

  it("is none where success came later", () => {
    const accounts = new Accounts();
    accounts.accept(1, { call: 1, cseq: 3 });
    accounts.ignore(0, 32, { call: 1, cseq: 2 });
    accounts.settle(100);
    expect([...accounts.failed, ...accounts.stuck]).toEqual([]);
  });
});
