/** Secrets of NSS key logs that open records (https://www.ietf.org/archive/id/draft-ietf-tls-keylogfile-05.html). */
const SECRET_LABELS = [
  "CLIENT_RANDOM",
  "CLIENT_EARLY_TRAFFIC_SECRET",
  "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
  "SERVER_HANDSHAKE_TRAFFIC_SECRET",
  "CLIENT_TRAFFIC_SECRET_0",
  "SERVER_TRAFFIC_SECRET_0",
] as const;
export type SecretLabel = (typeof SECRET_LABELS)[number];

const LINE = /^([A-Z_0-9]{1,64}) ([0-9a-fA-F]{64}) ([0-9a-fA-F]{64,128})\r?$/;
/** A longer line is none of these. */
const LINE_BYTES_MAX = 512;
/** The file is looked at again after this. */
const POLL_EVERY_US = 50_000;

/** Where more of a key log comes from. */
export interface KeyLogSource {
  /** Hands over what is new since the last time; true when there may be more. */
  poll(take: (bytes: Buffer) => void): boolean;
}

/** Secrets of TLS sessions by the random of their ClientHello. Of too many the ones first logged go. */
export class KeyLog {
  /** Sessions that went to make room. */
  evictions = 0;
  readonly capacity: number;
  readonly #source: KeyLogSource;
  /** By random in lower-case hex: secrets as bytes, by label. */
  readonly #sessions = new Map<string, (string | undefined)[]>();
  #rest = "";
  /** The line at hand is too long to be one. */
  #isSkipping = false;
  #polledUs = Number.NEGATIVE_INFINITY;
  readonly #take = (bytes: Buffer): void => this.take(bytes);

  constructor(sessionsMax: number, source: KeyLogSource) {
    this.capacity = sessionsMax;
    this.#source = source;
    while (this.#source.poll(this.#take));
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Null when it is not logged yet; then the log is read on, at most 20 times a second of the packets' time. */
  find(label: SecretLabel, random: string, nowUs: number): Buffer | null {
    return this.#get(label, random) ?? (this.#poll(nowUs) ? this.#get(label, random) : null);
  }

  /** The next bytes of the log, cut anywhere. */
  take(bytes: Buffer): void {
    const lines = bytes.toString("latin1").split("\n");
    lines[0] = this.#rest + lines[0];
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      if (!this.#isSkipping) this.#line(line);
      this.#isSkipping = false;
    }
    if (this.#rest.length <= LINE_BYTES_MAX) return;
    this.#isSkipping = true;
    this.#rest = "";
  }

  #get(label: SecretLabel, random: string): Buffer | null {
    const secret = this.#sessions.get(random)?.[SECRET_LABELS.indexOf(label)];
    return secret === undefined ? null : Buffer.from(secret, "latin1");
  }

  #poll(nowUs: number): boolean {
    if (nowUs >= this.#polledUs && nowUs - this.#polledUs < POLL_EVERY_US) return false;
    this.#polledUs = nowUs;
    this.#source.poll(this.#take);
    return true;
  }

  #line(line: string): void {
    const [, name = "", random = "", secret = ""] = LINE.exec(line) ?? [];
    const label = (SECRET_LABELS as readonly string[]).indexOf(name);
    if (label < 0 || secret.length % 2 !== 0) return;
    const key = random.toLowerCase();
    let secrets = this.#sessions.get(key);
    if (secrets === undefined) {
      secrets = [];
      this.#sessions.set(key, secrets);
    }
    secrets[label] = Buffer.from(secret, "hex").toString("latin1");
    if (this.#sessions.size <= this.capacity) return;
    const [oldest] = this.#sessions.keys();
    if (oldest !== undefined) this.#sessions.delete(oldest);
    this.evictions++;
  }
}
