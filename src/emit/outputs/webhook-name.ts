/** A longer word of a path may be a key. */
const PLAIN_WORD_MAX = 16;

/** A URL for messages: without login, query and whatever long words of the path may be keys. */
export function webhookName(text: string): string {
  const { host, pathname, protocol, search } = new URL(text);
  const path = pathname
    .split("/")
    .map((word) => (isKey(word) ? `${word.slice(0, 4)}...` : word))
    .join("/");
  return `${protocol}//${host}${path}${search === "" ? "" : "?..."}`;
}

/** Keeps what is secret in a request out of what is told of the answer: receivers repeat what they were asked. */
export class UrlSecrets {
  readonly #url: URL;
  readonly #texts: readonly string[];

  constructor(url: URL, authorization: string) {
    this.#url = url;
    const [, credentials = ""] = authorization.split(" ");
    const query = [url.search.slice(1), ...url.searchParams.values()];
    const words = url.pathname.split("/").filter(isKey);
    const texts = [authorization, credentials, ...query, ...words, ...words.map(decoded)];
    // The longest first: one may be a part of another.
    this.#texts = texts.filter((text) => text !== "").sort((a, b) => b.length - a.length);
  }

  /** A text of the receiver. */
  hide(text: string): string {
    return this.#texts.reduce((left, secret) => left.replaceAll(secret, "..."), text);
  }

  /** Where the receiver redirects to: most often the same key at another host or scheme. */
  hideIn(location: string): string {
    return URL.canParse(location, this.#url.href)
      ? this.hide(webhookName(new URL(location, this.#url).href))
      : this.hide(location);
  }
}

function isKey(word: string): boolean {
  return word.length > PLAIN_WORD_MAX;
}

function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return "";
  }
}
