/**
 * Work that one packet may bring, in bytes of messages: some 50 ns each, of whatever length and kind the messages are. A packet of the wire
 * holds less; what a network card has merged, or what has waited for a missing piece, may hold hundreds of messages.
 */
const WORK_BYTES_MAX = 4096;
/** What a message costs besides its bytes. */
const MESSAGE_BYTES = 32;

/** What is left of it. Reused. */
export class PacketWork {
  #left = WORK_BYTES_MAX;

  begin(): void {
    this.#left = WORK_BYTES_MAX;
  }

  get isUntouched(): boolean {
    return this.#left === WORK_BYTES_MAX;
  }

  get isDone(): boolean {
    return this.#left <= 0;
  }

  /** A message of that length fits; one that is longer than all there is comes first. */
  hasRoom(bytes: number): boolean {
    return this.isUntouched || bytes + MESSAGE_BYTES <= this.#left;
  }

  spend(bytes: number): void {
    this.#left -= bytes;
  }

  spendMessage(bytes: number): void {
    this.#left -= bytes + MESSAGE_BYTES;
  }
}
