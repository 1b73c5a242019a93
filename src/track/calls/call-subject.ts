import { type EventSubject, NO_SUBJECT } from "../facts/event.ts";
import type { CallTexts } from "./calls.ts";

type TextList = readonly [callId: string, account: string, fromUser: string, toUser: string];

/** The texts of a call in one: each a line, or a JSON list where one of them has lines itself. */
export function packedTexts({ callId, account, fromUser, toUser }: CallTexts): string {
  const list: TextList = [callId, account, fromUser, toUser];
  const isOdd = callId.startsWith("[") || list.some((text) => text.includes("\n"));
  return isOdd ? JSON.stringify(list) : list.join("\n");
}

function textsOf(packed: string): TextList {
  return (packed.startsWith("[") ? JSON.parse(packed) : packed.split("\n")) as TextList;
}

/** What a fact about a call says it is about. Its texts are taken out of the call's when somebody asks: most are not. */
export class CallSubject implements EventSubject {
  readonly #packed: string;
  #texts: TextList | null = null;

  /** `packed`: as `packedTexts` has them. */
  constructor(packed: string) {
    this.#packed = packed;
  }

  get callId(): string {
    return this.#list[0];
  }

  get account(): string {
    return this.#list[1];
  }

  get fromUser(): string {
    return this.#list[2];
  }

  get toUser(): string {
    return this.#list[3];
  }

  get #list(): TextList {
    this.#texts ??= textsOf(this.#packed);
    return this.#texts;
  }

  get method(): string {
    return "";
  }

  get stream(): string {
    return "";
  }

  get destination(): string {
    return "";
  }

  get uriUser(): string {
    return "";
  }

  get authUser(): string {
    return "";
  }

  get realm(): string {
    return "";
  }

  get aor(): string {
    return "";
  }

  get userAgent(): string {
    return "";
  }

  get contact(): string {
    return "";
  }

  get digestResponse(): string {
    return "";
  }

  get callKey(): number {
    return 0;
  }

  get fromUserKey(): number {
    return 0;
  }

  get toUserKey(): number {
    return 0;
  }

  get uriUserKey(): number {
    return 0;
  }

  get accountKey(): number {
    return 0;
  }

  get aorKey(): number {
    return 0;
  }

  get digestKey(): number {
    return 0;
  }
}

/** A subject of its own with what a call says of itself. */
export function withTexts(call: EventSubject, method: string, stream: string): EventSubject {
  const { callId, account, fromUser, toUser } = call;
  return { ...NO_SUBJECT, callId, account, fromUser, toUser, method, stream };
}
