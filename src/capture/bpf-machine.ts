/** One instruction of classic BPF (McCanne, Jacobson 1993), as `tcpdump -ddd` prints it. */
export interface BpfInstruction {
  readonly code: number;
  readonly jumpTrue: number;
  readonly jumpFalse: number;
  readonly k: number;
}

/** Instruction classes and their parts (Linux, Documentation/networking/filter.rst). */
const CLASS = 0x07;
const LD = 0x00;
const LDX = 0x01;
const ST = 0x02;
const STX = 0x03;
const ALU = 0x04;
const JMP = 0x05;
const RET = 0x06;
const SIZE = 0x18;
const WORD = 0x00;
const HALF = 0x08;
const MODE = 0xe0;
const IMMEDIATE = 0x00;
const ABSOLUTE = 0x20;
const INDIRECT = 0x40;
const MEMORY = 0x60;
const LENGTH = 0x80;
const HEADER_LENGTH = 0xa0;
const OPERATION = 0xf0;
const FROM_X = 0x08;
const TO_X = 0x00;
const RETURN_A = 0x10;
const MEMORY_WORDS = 16;
const BPF_INSTRUCTIONS_MAX = 65_536;

/** A captured packet: bytes[start, end), and how long it was on the wire. */
export interface BpfPacket {
  readonly view: DataView;
  readonly start: number;
  readonly end: number;
  readonly wireLength: number;
}

/**
 * Runs a filter. Jumps lead forward only (`readBpf` sees to that), so a packet costs no more than the program is
 * long. A read beyond the captured bytes refuses the packet, as in the kernel.
 */
export class BpfMachine {
  readonly #program: readonly BpfInstruction[];
  readonly #memory = new Uint32Array(MEMORY_WORDS);
  #a = 0;
  #x = 0;

  constructor(program: readonly BpfInstruction[]) {
    this.#program = program;
  }

  accepts(packet: BpfPacket): boolean {
    this.#a = 0;
    this.#x = 0;
    for (let at = 0; at < this.#program.length; at++) {
      const instruction = this.#program[at] as BpfInstruction;
      const { code, k } = instruction;
      switch (code & CLASS) {
        case LD:
          if (!this.#load(code, k, packet)) return false;
          break;
        case LDX:
          if (!this.#loadX(code, k, packet)) return false;
          break;
        case ST:
          this.#memory[k % MEMORY_WORDS] = this.#a;
          break;
        case STX:
          this.#memory[k % MEMORY_WORDS] = this.#x;
          break;
        case ALU:
          if (!this.#calculate(code, k)) return false;
          break;
        case JMP:
          at += this.#jump(instruction);
          break;
        case RET:
          return ((code & SIZE) === RETURN_A ? this.#a : k) !== 0;
        default:
          if ((code & 0xf8) === TO_X) this.#x = this.#a;
          else this.#a = this.#x;
      }
    }
    return false;
  }

  #load(code: number, k: number, packet: BpfPacket): boolean {
    switch (code & MODE) {
      case IMMEDIATE:
        this.#a = k;
        return true;
      case MEMORY:
        this.#a = this.#memory[k % MEMORY_WORDS] as number;
        return true;
      case LENGTH:
        this.#a = packet.wireLength;
        return true;
      case ABSOLUTE:
        return this.#read(code, k, packet);
      case INDIRECT:
        return this.#read(code, k + this.#x, packet);
      default:
        return false;
    }
  }

  #read(code: number, offset: number, { view, start, end }: BpfPacket): boolean {
    const size = code & SIZE;
    const bytes = size === WORD ? 4 : size === HALF ? 2 : 1;
    const at = start + offset;
    // Offsets of the kernel's own (VLAN tag, packet type) are far beyond any packet.
    if (at < start || at + bytes > end) return false;
    this.#a =
      bytes === 4 ? view.getUint32(at) : bytes === 2 ? view.getUint16(at) : view.getUint8(at);
    return true;
  }

  #loadX(code: number, k: number, { view, start, end, wireLength }: BpfPacket): boolean {
    switch (code & MODE) {
      case IMMEDIATE:
        this.#x = k;
        return true;
      case MEMORY:
        this.#x = this.#memory[k % MEMORY_WORDS] as number;
        return true;
      case LENGTH:
        this.#x = wireLength;
        return true;
      case HEADER_LENGTH:
        if (start + k >= end) return false;
        this.#x = 4 * (view.getUint8(start + k) & 0x0f);
        return true;
      default:
        return false;
    }
  }

  #calculate(code: number, k: number): boolean {
    const b = (code & FROM_X) === 0 ? k : this.#x;
    const a = this.#a;
    const operation = code & OPERATION;
    if (b === 0 && (operation === 0x30 || operation === 0x90)) return false;
    this.#a = calculated(operation, a, b) >>> 0;
    return true;
  }

  #jump({ code, k, jumpTrue, jumpFalse }: BpfInstruction): number {
    const b = (code & FROM_X) === 0 ? k : this.#x;
    switch (code & OPERATION) {
      case 0x00:
        return k;
      case 0x10:
        return this.#a === b ? jumpTrue : jumpFalse;
      case 0x20:
        return this.#a > b ? jumpTrue : jumpFalse;
      case 0x30:
        return this.#a >= b ? jumpTrue : jumpFalse;
      default:
        return (this.#a & b) !== 0 ? jumpTrue : jumpFalse;
    }
  }
}

function calculated(operation: number, a: number, b: number): number {
  switch (operation) {
    case 0x00:
      return a + b;
    case 0x10:
      return a - b;
    case 0x20:
      return Math.imul(a, b);
    case 0x30:
      return Math.floor(a / b);
    case 0x40:
      return a | b;
    case 0x50:
      return a & b;
    case 0x60:
      return b > 31 ? 0 : a << b;
    case 0x70:
      return b > 31 ? 0 : a >>> b;
    case 0x80:
      return -a;
    case 0x90:
      return a % b;
    default:
      return a ^ b;
  }
}

/** Reads what `tcpdump -ddd` prints; null when that is no program whose jumps stay in it and lead forward. */
export function readBpf(text: string): BpfInstruction[] | null {
  const lines = text.trim().split("\n");
  const count = Number(lines[0]);
  if (!Number.isInteger(count) || count < 1 || count > BPF_INSTRUCTIONS_MAX) return null;
  const program = lines.slice(1).map((line) => line.trim().split(/\s+/).map(Number));
  if (program.length !== count || !program.every(isInstruction)) return null;
  return program.map(([code = 0, jumpTrue = 0, jumpFalse = 0, k = 0]) => ({
    code,
    jumpTrue,
    jumpFalse,
    k,
  }));
}

function isInstruction(numbers: readonly number[]): boolean {
  return numbers.length === 4 && numbers.every((one) => Number.isInteger(one) && one >= 0);
}
