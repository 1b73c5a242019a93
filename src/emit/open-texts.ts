import type { CallParty } from "../track/call-record.ts";
import { withoutSecrets } from "./privacy-text.ts";

/** Contacts, agents and reasons, which are of bounded length; when there are more, all are forgotten. */
const TEXTS_MAX = 16_384;

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
  const contact = texts.of(party.contact);
  const agent = texts.of(party.agent);
  const isSame = contact === party.contact && agent === party.agent;
  return isSame ? party : { ...party, contact, agent };
}
