import type { Alert } from "../detect/alerts/alert.ts";
import type { CallParty } from "../track/call-records/call-record.ts";
import type { Contradiction } from "../track/facts/event.ts";
import { withoutSecrets } from "./privacy-text.ts";
import type { SipRecord } from "./records.ts";

/** Agents and reasons, which are of bounded length; when there are more, all are forgotten. */
const TEXTS_MAX = 4_096;

/** `withoutSecrets` of texts that come again and again: looking for secrets costs more than the rest of a record. */
export class OpenTexts {
  readonly #texts = new Map<string, string>();

  of(text: string): string {
    let open = this.#texts.get(text);
    if (open === undefined) {
      open = withoutSecrets(text);
      if (this.#texts.size === TEXTS_MAX) this.#texts.clear();
      this.#texts.set(text, open);
    }
    return open;
  }
}

/** The party without secrets; the same one when it has none. */
export function openParty(party: CallParty, texts: OpenTexts): CallParty {
  // Each telephone has its own: keeping them costs more than the look.
  const contact = withoutSecrets(party.contact);
  const agent = texts.of(party.agent);
  const isSame = contact === party.contact && agent === party.agent;
  return isSame ? party : { ...party, contact, agent };
}

/** The alert without secrets; the same one when it has none, as nearly all. */
export function openAlert(alert: Alert): Alert {
  const { evidence, voip } = alert;
  const sip = alert.sip === undefined ? undefined : openFields(alert.sip);
  const open = openEvidence(evidence);
  const userAgent = voip.userAgent === undefined ? undefined : withoutSecrets(voip.userAgent);
  const isSame = sip === alert.sip && open === evidence && userAgent === voip.userAgent;
  if (isSame) return alert;
  return {
    ...alert,
    ...(sip !== undefined && { sip }),
    voip: { ...voip, ...(userAgent !== undefined && { userAgent }) },
    evidence: open,
  };
}

function openEvidence(evidence: readonly Contradiction[]): readonly Contradiction[] {
  let open: Contradiction[] | null = null;
  for (const [index, item] of evidence.entries()) {
    const seen = withoutSecrets(item.seen);
    if (seen === item.seen) continue;
    open ??= [...evidence];
    open[index] = { ...item, seen };
  }
  return open ?? evidence;
}

/** The message without secrets; the same one when it has none. */
export function openSipRecord(record: SipRecord): SipRecord {
  const { dialog } = record;
  const sip = openFields(record.sip);
  // Tools hide in tags what they try.
  const fromTag = withoutSecrets(dialog.fromTag);
  const toTag = withoutSecrets(dialog.toTag);
  const isSame = fromTag === dialog.fromTag && toTag === dialog.toTag;
  if (isSame) return sip === record.sip ? record : { ...record, sip };
  return { ...record, sip, dialog: { ...dialog, fromTag, toTag } };
}

/** The object without secrets in its texts, objects and lists of them; the same one when it has none. */
function openFields<T extends object>(fields: T): T {
  let open: T | null = null;
  // All are plain objects of ours; a list of the keys would cost more than the look at most values.
  for (const key in fields) {
    const value = fields[key];
    const kept = openValue(value);
    if (kept === value) continue;
    open ??= { ...fields };
    open[key] = kept as typeof value;
  }
  return open ?? fields;
}

function openValue(value: unknown): unknown {
  if (typeof value === "string") return withoutSecrets(value);
  if (Array.isArray(value)) {
    const open = value.map(openValue);
    return open.some((item, index) => item !== value[index]) ? open : value;
  }
  return typeof value === "object" && value !== null ? openFields(value) : value;
}
