import { getFips } from "node:crypto";
import { CIPHER_SUITES, type CipherSuite } from "./cipher-suites.ts";
import { HandshakeType } from "./handshake-bytes.ts";
import { clientRandomOf, type ServerChoice, serverChoiceOf } from "./hello.ts";
import type { KeyLog, SecretLabel } from "./key-log.ts";
import { expandLabel, keyBlockOf, oldKeyBlockOf } from "./key-schedule.ts";
import { AeadCipher, CbcCipher, type RecordCipher } from "./record-cipher.ts";
import { RecordProtection } from "./record-protection.ts";

const VERSION_10 = 0x0301;
const VERSION_11 = 0x0302;
const VERSION_12 = 0x0303;
const VERSION_13 = 0x0304;
const EARLY_SECRET = "CLIENT_EARLY_TRAFFIC_SECRET";
const IV_BYTES = 12;
const FIXED_IV_BYTES = 4;
const MASTER_BYTES = 48;
const MAC_BYTES = { sha1: 20, sha256: 32, sha384: 48 } as const;

/** What both directions of a TLS connection know: its hellos, and through them its keys. */
export class TlsSession {
  /** No key can open it: another version, suite or packing than is known. */
  isUnreadable = false;
  /** For the reason that its version is older than 1.2: SSL, or a suite that only old versions have. */
  isOld = false;
  readonly #keyLog: KeyLog;
  #clientRandom: Buffer | null = null;
  #choice: ServerChoice | null = null;
  /** The server asked for another hello, which only TLS 1.3 does. */
  #isRetried = false;
  #suite: CipherSuite | null = null;

  constructor(keyLog: KeyLog) {
    this.#keyLog = keyLog;
  }

  /** What follows is encrypted at once, without a ChangeCipherSpec that says so. */
  get is13(): boolean {
    return this.#isRetried || this.#choice?.version === VERSION_13;
  }

  /** The server's hello was seen. */
  get isChosen(): boolean {
    return this.#choice !== null;
  }

  hello(isClient: boolean, type: number, body: Buffer): void {
    if (isClient && type === HandshakeType.CLIENT_HELLO) {
      // A second one repeats the random (RFC 8446 4.1.2).
      this.#clientRandom ??= clientRandomOf(body);
      if (this.#clientRandom === null) this.isUnreadable = true;
    } else if (!isClient && type === HandshakeType.SERVER_HELLO && this.#choice === null) {
      const choice = serverChoiceOf(body);
      if (choice === null) this.isUnreadable = true;
      else if (choice.isRetry) this.#isRetried = true;
      else this.#choose(choice);
    }
  }

  /** Keys of a direction; null while a hello or the key log's line is missing. */
  protection(isClient: boolean, nowUs: number): RecordProtection | null {
    const random = this.#clientRandom?.toString("hex");
    if (random === undefined || this.#choice === null || this.#suite === null) return null;
    return this.is13
      ? this.#protection13(this.#suite, isClient, random, nowUs)
      : this.#protectionTo12(this.#suite, this.#choice, isClient, random, nowUs);
  }

  #choose(choice: ServerChoice): void {
    const { isCompressed, suite: id, version } = choice;
    const suite = CIPHER_SUITES.get(id);
    if (suite === undefined || !isOf(suite, id, version) || isCompressed) {
      this.isUnreadable = true;
      this.isOld = version < VERSION_12;
      return;
    }
    this.#choice = choice;
    this.#suite = suite;
  }

  #protectionTo12(
    suite: CipherSuite,
    choice: ServerChoice,
    isClient: boolean,
    random: string,
    nowUs: number,
  ): RecordProtection | null {
    const secret = this.#keyLog.find("CLIENT_RANDOM", random, nowUs);
    // RFC 5246 8.1: a master secret has 48 bytes.
    if (secret?.length !== MASTER_BYTES || this.#clientRandom === null) return null;
    const macBytes = suite.mac === null ? 0 : MAC_BYTES[suite.mac];
    const { version } = choice;
    const ivBytes = ivBytesOf(suite, version);
    const randoms = { client: this.#clientRandom, server: choice.random };
    const bytes = 2 * (macBytes + suite.keyBytes + ivBytes);
    const block =
      version < VERSION_12
        ? oldKeyBlockOf(secret, randoms, bytes)
        : keyBlockOf(suite.hash, secret, randoms, bytes);
    const side = isClient ? 0 : 1;
    const keyAt = 2 * macBytes;
    const ivAt = keyAt + 2 * suite.keyBytes;
    const keys = {
      macKey: part(block, side * macBytes, macBytes),
      key: part(block, keyAt + side * suite.keyBytes, suite.keyBytes),
      iv: part(block, ivAt + side * ivBytes, ivBytes),
    };
    const cipher =
      suite.cbc === null
        ? new AeadCipher(suite, keys, false)
        : new CbcCipher(suite, keys, version, choice.isMacOutside);
    return new RecordProtection(cipher, () => null);
  }

  /** Keys of early data, those of the handshake, then those of what follows, then those after each KeyUpdate. */
  #protection13(
    suite: CipherSuite,
    isClient: boolean,
    random: string,
    nowUs: number,
  ): RecordProtection | null {
    const side = isClient ? "CLIENT" : "SERVER";
    const handshake = this.#secret(`${side}_HANDSHAKE_TRAFFIC_SECRET`, random, suite, nowUs);
    const traffic = this.#secret(`${side}_TRAFFIC_SECRET_0`, random, suite, nowUs);
    // Without the second, what matters cannot be opened; it is logged a moment after the first.
    if (traffic === null) return null;
    let next: Buffer = traffic;
    const following = (): RecordCipher => {
      const cipher = cipher13(suite, next);
      next = expandLabel(suite.hash, next, "traffic upd", next.length);
      return cipher;
    };
    const early = isClient ? this.#secret(EARLY_SECRET, random, suite, nowUs) : null;
    const before = [early, handshake].flatMap((secret) => secret ?? []);
    const inTurn = (): RecordCipher => {
      const secret = before.shift();
      return secret === undefined ? following() : cipher13(suite, secret);
    };
    return new RecordProtection(inTurn(), inTurn);
  }

  #secret(label: SecretLabel, random: string, suite: CipherSuite, nowUs: number): Buffer | null {
    const secret = this.#keyLog.find(label, random, nowUs);
    return secret?.length === (suite.hash === "sha384" ? 48 : 32) ? secret : null;
  }
}

/** Is the suite one of that version, and can that version's keys be made here? */
function isOf(suite: CipherSuite, id: number, version: number): boolean {
  const isSuite13 = id >> 8 === 0x13;
  switch (version) {
    case VERSION_13:
      return isSuite13;
    case VERSION_12:
      return !isSuite13;
    case VERSION_10:
    case VERSION_11:
      // Their keys need MD5, which an OpenSSL that is held to FIPS 140 refuses.
      return suite.cbc !== null && suite.mac === "sha1" && getFips() === 0;
    default:
      return false;
  }
}

/** Bytes of `RecordKeys.iv` in the key block, for one direction. */
function ivBytesOf(suite: CipherSuite, version: number): number {
  if (suite.cbc !== null) return version === VERSION_10 ? suite.blockBytes : 0;
  return suite.explicitBytes === 0 ? IV_BYTES : FIXED_IV_BYTES;
}

function part(block: Buffer, start: number, bytes: number): Buffer {
  return block.subarray(start, start + bytes);
}

function cipher13(suite: CipherSuite, secret: Buffer): RecordCipher {
  const key = expandLabel(suite.hash, secret, "key", suite.keyBytes);
  const iv = expandLabel(suite.hash, secret, "iv", IV_BYTES);
  return new AeadCipher(suite, { key, iv, macKey: Buffer.alloc(0) }, true);
}
