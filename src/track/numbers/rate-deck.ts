import { E164_DIGITS_MAX } from "./prefix-list.ts";

/** What one destination costs, as a carrier's rate deck has it. */
export interface Rate {
  /** First digits of the E.164 number, without "+". */
  readonly prefix: string;
  /** In the deck's currency, for sixty seconds. */
  readonly perMinute: number;
  /** Once, when the call is answered. */
  readonly connectFee: number;
  /** Seconds that are charged at least, and steps of what is charged after them. */
  readonly firstS: number;
  readonly stepS: number;
  readonly name: string;
}

const RATES_MAX = 500_000;
/** A minute for more than that is a slip of the pen. */
const PRICE_MAX = 10_000;
const SECONDS_MAX = 3_600;

/** A fault in a deck, with its place. */
export class RateDeckError extends Error {}

/**
 * Prices by destination from CSV: `prefix,price,currency,connect_fee,first_s,step_s,name`, of which the first three are
 * needed; a header line, `#` comments. The longest prefix of a number counts, and of two decks the later one. Amounts are in one currency:
 * sums over several would mean nothing.
 */
export class RateDeck {
  /** ISO 4217; "" of an empty deck. */
  currency = "";
  readonly #rates = new Map<string, Rate>();
  #longest = 0;

  get size(): number {
    return this.#rates.size;
  }

  /** Adds the lines of a file; throws `RateDeckError` that names file and line. */
  add(text: string, file: string): this {
    let number = 0;
    for (const line of text.split(/\r?\n/)) {
      number++;
      const written = line.replace(/^\uFEFF/, "").trim();
      if (written === "" || written.startsWith("#") || /^"?prefix\b/i.test(written)) continue;
      const fault = this.#addLine(written);
      if (fault !== "") throw new RateDeckError(`${file}:${number}: ${fault}`);
    }
    return this;
  }

  /** The rate of an E.164 number (digits only); null when the deck has none. */
  find(e164: string): Rate | null {
    for (let length = Math.min(this.#longest, e164.length); length > 0; length--) {
      const rate = this.#rates.get(e164.slice(0, length));
      if (rate !== undefined) return rate;
    }
    return null;
  }

  /** Takes the line in; what is wrong with it, or "". */
  #addLine(line: string): string {
    const cells = line.split(",").map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));
    const [prefix = "", price = "", currency = "", fee = "", first = "", step = "", ...name] =
      cells;
    const digits = prefix.replace(/^\+/, "");
    if (!/^\d+$/.test(digits) || digits.length > E164_DIGITS_MAX) {
      return `"${prefix.slice(0, 40)}" is no prefix: 1 to ${E164_DIGITS_MAX} digits.`;
    }
    const perMinute = amountOf(price);
    if (perMinute < 0) return `"${price.slice(0, 40)}" is no price for a minute, such as 0.25.`;
    if (!/^[A-Za-z]{3}$/.test(currency)) {
      return `"${currency.slice(0, 40)}" is no currency: three letters, such as USD.`;
    }
    const connectFee = fee === "" ? 0 : amountOf(fee);
    if (connectFee < 0) return `"${fee.slice(0, 40)}" is no connect fee, such as 0.05, or nothing.`;
    const firstS = secondsOf(first);
    const stepS = secondsOf(step);
    if (firstS < 0 || stepS < 0) {
      return `"${(firstS < 0 ? first : step).slice(0, 40)}" is no increment: 1 to ${SECONDS_MAX} seconds, or nothing.`;
    }
    const unit = currency.toUpperCase();
    if (this.currency !== "" && unit !== this.currency) {
      return `prices are in ${unit}, those before in ${this.currency}; give all decks in one currency.`;
    }
    if (this.#rates.size >= RATES_MAX) return `more than ${RATES_MAX} prices.`;
    this.currency = unit;
    const rate = { prefix: digits, perMinute, connectFee, firstS, stepS, name: name.join(", ") };
    this.#rates.set(digits, rate);
    this.#longest = Math.max(this.#longest, digits.length);
    return "";
  }
}

/** What a call of that length is charged with; 0 seconds and more. */
export function priceOf(rate: Rate, seconds: number): number {
  const { connectFee, firstS, perMinute, stepS } = rate;
  const over = Math.max(0, seconds - firstS);
  return connectFee + ((firstS + Math.ceil(over / stepS) * stepS) * perMinute) / 60;
}

/** -1 for what is no amount. */
function amountOf(text: string): number {
  if (!/^\d{1,6}(\.\d{1,8})?$/.test(text)) return -1;
  const amount = Number(text);
  return amount <= PRICE_MAX ? amount : -1;
}

/** A second when nothing is written; -1 for what is no length. */
function secondsOf(text: string): number {
  if (text === "") return 1;
  return /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= SECONDS_MAX
    ? Number(text)
    : -1;
}
