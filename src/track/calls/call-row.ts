import type { HostKey } from "../../decode/host.ts";

/** The lists of a call, in the order in which they lie. */
export const CallList = { USERS: 0, HOPS: 1, LEGS: 2, DIALOGS: 3, PARTIES: 4 } as const;
export type CallList = (typeof CallList)[keyof typeof CallList];

/** Where the lists end, ten bits each, the first three lists in one number; then come the fields. All of a call are less than 1,024. */
const IN_FIRST = 3;
const END_BITS = 10;
const END_MASK = 1023;
const FIELDS = 2;
const KEY = FIELDS + 0;
const FOLDED_KEY = FIELDS + 1;
const FROM_TAG_KEY = FIELDS + 2;
const START_US = FIELDS + 3;
const CLIENT = FIELDS + 4;
const SERVER = FIELDS + 5;
const VIA_COUNT = FIELDS + 6;
const INVITE_CSEQ = FIELDS + 7;
const INVITE_US = FIELDS + 8;
const LAST_US = FIELDS + 9;
const ANSWERED_US = FIELDS + 10;
const ENDED_US = FIELDS + 11;
/** First of the lists. */
const HEAD = FIELDS + 12;
/** What one number more in a list, by its number, adds to either: it and all lists behind it end later. */
const LATER_FIRST = [0x100401, 0x100400, 0x100000, 0, 0] as const;
const LATER_SECOND = [0x401, 0x401, 0x401, 0x401, 0x400] as const;

/** Numbers of an ordinary call: a caller and a proxy that answers, one dialog, four names. Others grow. */
const ORDINARY = 20;
/** What a row grows by. */
const MORE = 8;

/** No list has anything in it. The array is one of doubles and stays one: no number is an object of its own. */
const EMPTY: readonly number[] = emptyRow();
const ROOM: readonly number[] = new Array<number>(MORE).fill(0.5);

function emptyRow(): readonly number[] {
  const row = new Array<number>(HEAD + ORDINARY).fill(0.5);
  row.fill(0);
  // All lists begin, and end, behind the fields.
  row[0] = HEAD * LATER_FIRST[0];
  row[1] = HEAD * LATER_SECOND[0];
  return row;
}

/**
 * All numbers of one call in one array: its fields, then its short lists one after the other. There are many calls, and an
 * array of its own takes 50 bytes before its first number, a time or key that is a field of an object 24.
 */
export class CallRow {
  protected numbers: number[] = EMPTY.slice();

  constructor(
    keys: { callKey: number; foldedKey: number; fromTagKey: number },
    invite: { client: HostKey; viaCount: number; cseq: number },
    nowUs: number,
  ) {
    const { numbers } = this;
    numbers[KEY] = keys.callKey;
    numbers[FOLDED_KEY] = keys.foldedKey;
    numbers[FROM_TAG_KEY] = keys.fromTagKey;
    numbers[CLIENT] = invite.client;
    numbers[SERVER] = -1;
    numbers[VIA_COUNT] = invite.viaCount;
    numbers[INVITE_CSEQ] = invite.cseq;
    numbers[START_US] = nowUs;
    numbers[INVITE_US] = nowUs;
    numbers[LAST_US] = nowUs;
  }

  /** Key of its Call-ID. */
  get key(): number {
    return this.numbers[KEY] as number;
  }

  /** Call-ID without regard to case: some phones compare it so, against RFC 3261 20.8. */
  get foldedKey(): number {
    return this.numbers[FOLDED_KEY] as number;
  }

  get fromTagKey(): number {
    return this.numbers[FROM_TAG_KEY] as number;
  }

  get startUs(): number {
    return this.numbers[START_US] as number;
  }

  /** Who sent the INVITE first, as far as is seen. */
  get client(): HostKey {
    return this.numbers[CLIENT] as number;
  }

  set client(client: HostKey) {
    this.numbers[CLIENT] = client;
  }

  /** Whom it asked: where the caller has its account. */
  get server(): HostKey {
    return this.numbers[SERVER] as number;
  }

  set server(server: HostKey) {
    this.numbers[SERVER] = server;
  }

  /** Vias of its INVITE: a proxy's copy has more. */
  get viaCount(): number {
    return this.numbers[VIA_COUNT] as number;
  }

  set viaCount(count: number) {
    this.numbers[VIA_COUNT] = count;
  }

  /** CSeq of its last INVITE outside a dialog. */
  get inviteCseq(): number {
    return this.numbers[INVITE_CSEQ] as number;
  }

  set inviteCseq(cseq: number) {
    this.numbers[INVITE_CSEQ] = cseq;
  }

  /** Time of that INVITE. */
  get inviteUs(): number {
    return this.numbers[INVITE_US] as number;
  }

  set inviteUs(timeUs: number) {
    this.numbers[INVITE_US] = timeUs;
  }

  get lastUs(): number {
    return this.numbers[LAST_US] as number;
  }

  set lastUs(timeUs: number) {
    this.numbers[LAST_US] = timeUs;
  }

  /** 0 before. */
  get answeredUs(): number {
    return this.numbers[ANSWERED_US] as number;
  }

  set answeredUs(timeUs: number) {
    this.numbers[ANSWERED_US] = timeUs;
  }

  /** 0 while it goes on. */
  get endedUs(): number {
    return this.numbers[ENDED_US] as number;
  }

  set endedUs(timeUs: number) {
    this.numbers[ENDED_US] = timeUs;
  }

  get isLive(): boolean {
    return this.numbers[ENDED_US] === 0;
  }

  /** The list is numbers[startOf(list), endOf(list)). */
  protected startOf(list: CallList): number {
    return list === 0 ? HEAD : endAt(this.numbers, list - 1);
  }

  protected endOf(list: CallList): number {
    return endAt(this.numbers, list);
  }

  /** The place of a number in the list from `start` on; -1 when it is not in it. */
  protected placeOf(list: CallList, value: number): number {
    const { numbers } = this;
    const end = this.endOf(list);
    for (let at = this.startOf(list); at < end; at++) if (numbers[at] === value) return at;
    return -1;
  }

  /** Makes the list longer by `count` numbers, which are to be written: gives the place of the first. */
  protected extend(list: CallList, count: number): number {
    const last = this.endOf(CallList.PARTIES);
    if (last + count > this.numbers.length) {
      // By concat: an array that is pushed to takes room for half as many again, and 16 more.
      this.numbers = this.numbers.concat(ROOM);
    }
    const { numbers } = this;
    const end = this.endOf(list);
    for (let at = last - 1; at >= end; at--) numbers[at + count] = numbers[at] as number;
    moveEnds(numbers, list, count);
    return end;
  }

  /** Takes `count` numbers from `start` on out of the list. */
  protected cut(list: CallList, start: number, count: number): void {
    const { numbers } = this;
    const last = this.endOf(CallList.PARTIES);
    for (let at = start + count; at < last; at++) numbers[at - count] = numbers[at] as number;
    moveEnds(numbers, list, -count);
  }
}

function endAt(numbers: readonly number[], list: number): number {
  const ends = numbers[list < IN_FIRST ? 0 : 1] as number;
  return (ends >> (END_BITS * (list < IN_FIRST ? list : list - IN_FIRST))) & END_MASK;
}

function moveEnds(numbers: number[], list: CallList, count: number): void {
  numbers[0] = (numbers[0] as number) + count * LATER_FIRST[list];
  numbers[1] = (numbers[1] as number) + count * LATER_SECOND[list];
}
