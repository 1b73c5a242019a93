import type { WebhookSettings } from "../outputs/webhook-sink.ts";
import { OutputError, readPem, readSecret } from "./output-files.ts";
import type { WebhookOptions } from "./output-settings.ts";

/** Reads an http or https URL. Throws OutputError, which does not show it: it may hold a key. */
export function webhookSettings(target: string, options: WebhookOptions): WebhookSettings {
  const url = urlOf(target);
  const scheme = target.slice(0, target.indexOf("://") + 3);
  if (url === null || url.hostname === "") {
    throw new OutputError(
      `${scheme}: this is no URL; give one such as ${scheme}siem.example/alerts`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new OutputError(
      `${scheme}${url.host}: a login does not belong into the URL; write "Basic ..." or "Bearer ..." into a file and name it in webhook.authorizationFile`,
    );
  }
  const { batchRecords, body, timeoutMs } = options;
  return {
    url: url.href,
    body,
    batchRecords,
    timeoutMs,
    authorization: readSecret("webhook.authorizationFile", options.authorizationFile),
    ca: readPem("webhook.tlsCa", options.tlsCa, "CERTIFICATE"),
  };
}

function urlOf(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
