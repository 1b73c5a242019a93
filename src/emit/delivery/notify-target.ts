import type { NotifySettings } from "../outputs/notify-sink.ts";
import type { NotifyTemplate } from "../outputs/notify-templates.ts";
import { QuietHours } from "../outputs/quiet-hours.ts";
import { OutputError, readSecret } from "./output-files.ts";
import type { NotifyOptions, WebhookOptions } from "./output-settings.ts";
import { webhookSettings } from "./webhook-target.ts";

/** Reads an http or https URL that takes messages about cases. Throws OutputError. */
export function notifySettings(
  template: NotifyTemplate,
  url: string,
  { notify, webhook }: { readonly notify: NotifyOptions; readonly webhook: WebhookOptions },
): NotifySettings {
  const { quiet, quietSeverityMax, routingKeyFile, severityMax, timezone } = notify;
  try {
    new QuietHours(quiet, timezone);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OutputError(`notify.quiet, notify.timezone: ${reason}`);
  }
  const routingKey = readSecret("notify.routingKeyFile", routingKeyFile);
  if (template === "pagerduty" && routingKey === "") {
    throw new OutputError(
      "pagerduty+https: give the file with the integration key of the service as notify.routingKeyFile",
    );
  }
  return {
    ...{ template, severityMax, quiet, quietSeverityMax, timezone },
    routingKey: template === "pagerduty" ? routingKey : "",
    webhook: webhookSettings(url, webhook),
  };
}
