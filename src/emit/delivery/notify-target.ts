import type { HookReceiver, NotifySettings } from "../outputs/notify-sink.ts";
import type { NotifyTemplate } from "../outputs/notify-templates.ts";
import { QuietHours } from "../outputs/quiet-hours.ts";
import { OutputError, readSecret } from "./output-files.ts";
import type { NotifyOptions, OutputSettings } from "./output-settings.ts";
import { webhookSettings } from "./webhook-target.ts";

/** Reads an http or https URL that takes messages about cases. Throws OutputError. */
export function notifySettings(
  template: NotifyTemplate,
  url: string,
  { notify, webhook }: Pick<OutputSettings, "notify" | "webhook">,
): NotifySettings & { readonly to: HookReceiver } {
  const whom = whomToTell(notify);
  const key = readSecret("notify.routingKeyFile", notify.routingKeyFile);
  if (template === "pagerduty" && key === "") {
    throw new OutputError(
      "pagerduty+https: give the file with the integration key of the service as notify.routingKeyFile",
    );
  }
  const routingKey = template === "pagerduty" ? key : "";
  const target = template === "matrix" ? matrixUrl(url) : url;
  const settings = webhookSettings(target, webhook);
  if (template !== "matrix") return { ...whom, to: { template, webhook: settings, routingKey } };
  const token = readSecret("notify.matrixTokenFile", notify.matrixTokenFile);
  if (token === "") {
    throw new OutputError(
      "matrix+https: give the file with the access token of the user who sends as notify.matrixTokenFile",
    );
  }
  const authorization = `Bearer ${token}`;
  return { ...whom, to: { template, routingKey, webhook: { ...settings, authorization } } };
}

/** Which cases are told, and when. Throws OutputError. */
export function whomToTell(notify: NotifyOptions): Omit<NotifySettings, "to"> {
  const { quiet, quietSeverityMax, severityMax, timezone } = notify;
  try {
    new QuietHours(quiet, timezone);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OutputError(`notify.quiet, notify.timezone: ${reason}`);
  }
  return { severityMax, quiet, quietSeverityMax, timezone };
}

/** `https://HOST/!ROOM:SERVER`, as the place that messages to the room are put to (Matrix client-server API v3). */
function matrixUrl(text: string): string {
  const [, base = "", room = ""] = /^(https?:\/\/[^/]+)\/([^/?#]+)\/?$/.exec(text) ?? [];
  const id = decoded(room);
  if (!/^![\x21-\x7e]{1,254}$/.test(id)) {
    throw new OutputError(
      "matrix+https: give the homeserver and the room's id (not its #alias), as matrix+https://matrix.example/!AbCdEf:example",
    );
  }
  return `${base}/_matrix/client/v3/rooms/${encodeURIComponent(id)}/send/m.room.message`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
