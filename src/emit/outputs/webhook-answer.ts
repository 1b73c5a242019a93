import { DeliveryError } from "../delivery/delivery-sink.ts";
import { oneLine } from "./network-fault.ts";
import type { UrlSecrets } from "./webhook-name.ts";
import type { Answer } from "./webhook-request.ts";

/**
 * Statuses that speak of the address, the login or the receiver, not of the alerts in the request: they can
 * be cured, so the alerts wait. All other 4xx are for good (RFC 9110 15.5).
 */
const CURES: Readonly<Record<number, string>> = {
  401: "check webhook.authorizationFile",
  403: "check webhook.authorizationFile, or give this login the right to write",
  404: "correct the address",
  405: "correct the address: this one takes no POST",
  407: "a proxy wants a login: give an address that needs none",
  408: "it will be tried again",
  410: "the address is gone: give another",
  415: "set webhook.body to what the receiver takes: ndjson or array",
  421: "correct the address",
  425: "it will be tried again",
  429: "it will be tried again, more slowly",
};

/** What an answer that is no 2xx means for the batch. */
export function answerFault(answer: Answer, secrets: UrlSecrets): DeliveryError {
  const { location, status } = answer;
  if (status >= 300 && status < 400) {
    const place = location === "" ? "" : ` to ${oneLine(secrets.hideIn(location))}`;
    return new DeliveryError(
      `the receiver redirects (${status})${place}, which is not followed: give the final address`,
      { isTemporary: true },
    );
  }
  const cure = CURES[status];
  const isTemporary = cure !== undefined || status < 400 || status >= 500;
  const said = saidBy(answer, secrets);
  const next = cure === undefined ? "" : `; ${cure}`;
  return new DeliveryError(`the receiver answered ${status}${said}${next}`, { isTemporary });
}

function saidBy({ text }: Answer, secrets: UrlSecrets): string {
  const words = oneLine(secrets.hide(text)).slice(0, 160);
  return words === "" ? "" : ` (${words})`;
}

/** RFC 9110 10.2.3: a number of seconds or a date; 0 when it is neither. */
export function retryAfterMs(value: string, nowMs: number): number {
  const text = value.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const dateMs = /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(dateMs) ? 0 : Math.max(0, dateMs - nowMs);
}
