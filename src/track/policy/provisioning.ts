import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { HostKey } from "../../decode/host.ts";
import type { PacketView } from "../../decode/packet.ts";

const PAIRS_MAX = 256;
/** Configurations have some ten kilobytes. */
const ANSWERS_MAX = 64;
const LOOK_BYTES_MAX = 1500;
const TFTP_PORT = 69;
/** RFC 1350 5: a read request. */
const TFTP_RRQ = 1;
/** A file that is called by a phone's MAC or by its model, as makers do. */
const PHONE_FILE =
  /(?:(?:SEP|SIP|cfg)?[0-9a-f]{12}|y0{9}\d{1,8}|spa\d{3}\w*|snom\w{3,20}|aastra|gs_\w{1,20}|sip)(?:[-_.][\w-]{1,20}){0,3}\.(?:cfg|xml|cnf|conf|boot|txt|htm)\b/i;
const PASSWORD =
  /(?:passw(?:or)?d|auth[_.]?pass|secret)["'\w.]{0,20}\s{0,4}[=:>]\s{0,4}["']?[^\s"'<]/i;

export interface Provisioning {
  readonly file: string;
  readonly protocol: "HTTP" | "TFTP";
  /** A password went by; it is not kept. */
  readonly hasPassword: boolean;
  /** Who gives it. */
  readonly server: HostKey;
}

interface Pair {
  readonly file: string;
  readonly protocol: "HTTP" | "TFTP";
  left: number;
}

/** Phones that fetch their configuration so that everybody on the way can read it, passwords included. */
export class ProvisioningWatch {
  /** By server and phone: what was asked for, and how many more packets of the answer are looked into. */
  readonly #pairs = new KeyMap<Pair>(PAIRS_MAX);

  /** Bytes [start, end) of a datagram or segment; null when they say nothing of it. */
  look(packet: PacketView, start: number, end: number): Provisioning | null {
    const stop = Math.min(end, start + LOOK_BYTES_MAX);
    const request =
      packet.dstPort === TFTP_PORT ? tftpFile(packet, start, stop) : httpFile(packet, start, stop);
    const { dstHost, srcHost } = packet;
    if (request !== null) {
      const { file, protocol } = request;
      this.#pairs.set(combine53(dstHost, srcHost), { file, protocol, left: ANSWERS_MAX });
      return request;
    }
    const key = combine53(srcHost, dstHost);
    const pair = this.#pairs.get(key);
    if (pair === undefined) return null;
    if (--pair.left <= 0) this.#pairs.delete(key);
    if (!PASSWORD.test(packet.bytes.toString("latin1", start, stop))) return null;
    this.#pairs.delete(key);
    const { file, protocol } = pair;
    return { file, protocol, hasPassword: true, server: srcHost };
  }
}

function tftpFile(
  { bytes, dstHost, view }: PacketView,
  start: number,
  end: number,
): Provisioning | null {
  if (end - start < 4 || view.getUint16(start) !== TFTP_RRQ) return null;
  const file = PHONE_FILE.exec(
    bytes.toString("latin1", start + 2, Math.min(end, start + 202)),
  )?.[0];
  return file === undefined
    ? null
    : { file, protocol: "TFTP", hasPassword: false, server: dstHost };
}

function httpFile({ bytes, dstHost }: PacketView, start: number, end: number): Provisioning | null {
  // GET and PUT (RFC 9110 9.3): most data begins with neither.
  const first = bytes[start];
  if ((first !== 0x47 && first !== 0x50) || end - start < 16) return null;
  const text = bytes.toString("latin1", start, end);
  const path = /^(?:GET|PUT) (\S{1,300}) HTTP\/1\.[01]\r?\n/.exec(text)?.[1];
  const file = path === undefined ? undefined : PHONE_FILE.exec(path)?.[0];
  if (file === undefined) return null;
  const hasPassword = /\r?\nAuthorization: Basic /i.test(text);
  return { file, protocol: "HTTP", hasPassword, server: dstHost };
}
