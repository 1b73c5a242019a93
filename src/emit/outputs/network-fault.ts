/** What a network error means for the one who has to cure it. */

interface FaultOptions {
  /** The option that names the authorities to trust, such as `syslog.tlsCa`. */
  readonly caOption: string;
}

const FAULTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there: start the receiver, or correct host and port",
  ENOTFOUND: "no host of this name: correct it, or ask the name server",
  EAI_AGAIN: "the name server does not answer",
  ETIMEDOUT: "no answer: a firewall may be between",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the network",
  ECONNRESET: "the receiver broke the connection off",
  EPIPE: "the receiver broke the connection off",
};

const UNTRUSTED = new Set([
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "CERT_SIGNATURE_FAILURE",
]);

/** One line, without the receiver's name. */
export function networkFault(error: unknown, { caOption }: FaultOptions): string {
  const { code, message } = innermost(error);
  if (UNTRUSTED.has(code)) {
    return `its certificate is signed by nobody that we trust: give its authority in ${caOption}`;
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return "its certificate is for another name: use the name that the certificate has";
  }
  if (code === "CERT_HAS_EXPIRED") return "its certificate has expired: renew it";
  if (code === "CERT_NOT_YET_VALID") return "its certificate is not yet valid: check both clocks";
  if (/wrong.version.number|packet length too long/i.test(`${code} ${message}`)) {
    return "this port does not speak TLS";
  }
  if (/^ERR_SSL_\w*(CERTIFICATE|UNKNOWN_CA)/.test(code)) {
    return `it does not take our certificate: ${oneLine(message)}`;
  }
  return FAULTS[code] ?? oneLine(message || code || "the connection failed");
}

/** Several addresses tried in a row fail as an AggregateError without a message. */
function innermost(error: unknown): { readonly code: string; readonly message: string } {
  const inner: unknown = error instanceof AggregateError ? (error.errors[0] ?? error) : error;
  if (!(inner instanceof Error)) return { code: "", message: String(inner) };
  const code: unknown = Reflect.get(inner, "code");
  return { code: typeof code === "string" ? code : "", message: inner.message };
}

/** At most 300 characters, and none that steers a terminal. */
export function oneLine(text: string): string {
  return text
    .replace(/[\s\0-\x1f\x7f-\x9f]+/g, " ")
    .trim()
    .slice(0, 300);
}
