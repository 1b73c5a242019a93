import * as z from "zod";
import { parseAddressSet } from "../detect/rules/address-set.ts";
import { RuleError } from "../detect/rules/load-message.ts";
import { parsePortSet } from "../detect/rules/port-set.ts";
import type { Token } from "../detect/rules/rule-lexer.ts";
import { PACKET_ALERTS_MAX } from "../detect/rules/signature.ts";
import { DEFAULT_VARIABLES } from "../detect/rules/variables.ts";
import { WeekTimes } from "../detect/site/week-time.ts";
import { text, texts, whole } from "./config-fields.ts";

/** Suricata's text form of an address or port list: `[10.0.0.0/8,!10.1.2.3]`. A YAML list may stand for it. */
const listText = () =>
  z
    .union([z.string(), z.number(), z.array(z.union([z.string(), z.number()]))])
    .transform((value) => (Array.isArray(value) ? `[${value.join(",")}]` : String(value)));

type Variables = Readonly<Record<string, string>>;

/** Throws RuleError when `$NAME` is nothing that a rule could use. */
type CheckVariable = (token: Token, values: Variables) => unknown;

/**
 * Checked where they are read: a slip in HOME_NET would else be silent until a rule uses it. Those as they are
 * by default are left alone, as !$HOME_NET has no meaning where HOME_NET is any.
 */
function variables(defaults: Variables, about: string, check: CheckVariable) {
  return z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]*$/), listText())
    .superRefine((given, context) => {
      for (const name of Object.keys(given)) {
        if (given[name] === defaults[name]) continue;
        const message = faultOf(() =>
          check({ text: `$${name}`, at: 0 }, { ...defaults, ...given }),
        );
        if (message !== "") context.addIssue({ code: "custom", path: [name], message });
      }
    })
    .transform((given): Record<string, string> => ({ ...defaults, ...given }))
    .prefault({})
    .meta({ description: about, shown: defaults });
}

/** What `$NAME` in rules stands for. */
export const varsSection = () =>
  z.strictObject({
    address: variables(
      DEFAULT_VARIABLES.addresses,
      "$NAME in the address fields of rules; a list, ! negates",
      parseAddressSet,
    ),
    port: variables(
      DEFAULT_VARIABLES.ports,
      "$NAME in the port fields of rules; a list, ! negates",
      parsePortSet,
    ),
  });

/** Why a value is none, or "". */
function faultOf(check: () => unknown): string {
  try {
    check();
    return "";
  } catch (error) {
    if (error instanceof RuleError) return error.message;
    throw error;
  }
}

/** A text that `check` takes. */
function checkedText(value: string, about: string, check: (given: string) => unknown) {
  return z
    .string()
    .superRefine((given, context) => {
      const message = given === value ? "" : faultOf(() => check(given));
      if (message !== "") context.addIssue({ code: "custom", message });
    })
    .default(value)
    .meta({ description: about });
}

/** Which rules there are, and what they ask of the site. */
export const rulesSection = () =>
  z.strictObject({
    files: texts(
      "rule files, folders or patterns instead of the shipped ones, from the working directory; --rules overrides them",
    ),
    add: texts(
      "rule files, folders or patterns beside the shipped or other ones; --add-rules adds more",
    ),
    classification: text("", "classification.config instead of the shipped one"),
    references: text("", "reference.config with types of reference beside the usual ones"),
    threshold: text("", "threshold.config (suppress, threshold) instead of the shipped one"),
    reputationCategories: text("", "categories of iprep, as Suricata's reputation-categories-file"),
    reputationFiles: texts("scores of addresses for iprep, as Suricata's reputation-files"),
    geoip: text("", "MMDB file with countries for geoip, such as GeoLite2-Country.mmdb"),
    timezone: checkedText(
      "UTC",
      "zone of time_of_week and baseline in rules that name none, such as Europe/Berlin",
      (zone) => new WeekTimes({ text: "mon-sun", at: 0 }, false, zone),
    ),
    officeHours: checkedText(
      "",
      "when people call at this site, such as mon-fri 08:00-18:00, sat 09:00-13:00; for rules about calls out of office hours. Empty: learned of each server from its calls (rule 9115002), mon-fri 07:00-20:00 until then",
      (hours) => new WeekTimes({ text: hours, at: 0 }, false, "UTC"),
    ),
    dataDir: text(
      "",
      "folder for the lists that rules keep (dataset with state or save); empty: such rules are refused",
    ),
    alertPages: text(
      "docs/alerts/",
      "where the pages of docs/alerts are served, such as https://wiki.example/alerts/; SID.md behind it is a reference of each alert that has a page. Empty: no such reference",
    ),
    packetAlertsMax: whole(
      PACKET_ALERTS_MAX,
      "alerts",
      "alerts written for one packet at most, the gravest first (Suricata's packet-alert-max); the rest is counted",
      { min: 1, max: 65_535 },
    ),
  });
