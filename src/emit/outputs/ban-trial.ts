import type { BanVerdict } from "./ban-policy.ts";

/** Says what would be banned and why, once for each offender, rule and answer; bounded. */
export class BanTrial {
  readonly #told = new Set<string>();
  readonly #name: string;
  readonly #ttlS: number;
  readonly #entriesMax: number;

  constructor(settings: {
    readonly path: string;
    readonly ttlS: number;
    readonly entriesMax: number;
  }) {
    this.#name = `ban:${settings.path}`;
    this.#ttlS = settings.ttlS;
    this.#entriesMax = settings.entriesMax;
  }

  lines(verdicts: readonly BanVerdict[]): string[] {
    return verdicts.flatMap((verdict) => {
      const { ip, sid } = verdict.entry;
      const key = `${verdict.kind} ${ip} ${sid}`;
      if (this.#told.has(key)) return [];
      if (this.#told.size >= this.#entriesMax) this.#told.clear();
      this.#told.add(key);
      return [`${this.#name} ${this.#textOf(verdict)}`];
    });
  }

  #textOf(verdict: BanVerdict): string {
    const { attack, ip, severity, sid, signature } = verdict.entry;
    const why = `sid ${sid}, severity ${severity}, ${attack || "no attack"}: ${signature}`;
    switch (verdict.kind) {
      case "ban":
        return `would ban ${ip} for ${this.#ttlS} s (${why})`;
      case "shared": {
        const { account, port, shared } = verdict.entry;
        const who = account === "" ? `port ${port}` : `port ${port}, account ${account}`;
        return `would not ban ${ip}, only list it as shared (${shared}; ${who}; ${why})`;
      }
      case "spared":
        return `would not ban ${ip}, as ${verdict.reason} (${why})`;
    }
  }
}
