import { column } from "../base/column.ts";
import type { HostNames } from "../decode/host-names.ts";
import type { FlowEnds } from "./flow.ts";
import { flowIdOfEnds } from "./flow-id.ts";

/** Rows that are kept; those of one time of day lie near each other. */
const ROWS = 4096;
const CLIENT = 0;
const SERVER = 1;
/** Both ports and the protocol. */
const PORTS = 2;
const START_US = 3;
const ID = 4;
const ROW = 8;
const PORT = 0x10000;

/** `flowIdOfEnds`, remembered: a telephone calls again and again on the flow that it registered on. */
export class FlowIds {
  readonly #rows = column(Float64Array, ROW * ROWS);
  readonly #names: HostNames;

  constructor(names: HostNames) {
    this.#names = names;
  }

  of(ends: FlowEnds): number {
    const { dstHost, dstPort, flowStartUs, ipProtocol, srcHost, srcPort } = ends;
    if (srcHost < 0 || flowStartUs <= 0) return 0;
    const rows = this.#rows;
    const ports = (ipProtocol * PORT + srcPort) * PORT + dstPort;
    const row = ROW * (((srcHost | 0) ^ (srcPort << 4) ^ (dstHost | 0)) & (ROWS - 1));
    const isSame =
      rows[row + START_US] === flowStartUs &&
      rows[row + CLIENT] === srcHost &&
      rows[row + SERVER] === dstHost &&
      rows[row + PORTS] === ports;
    if (!isSame) {
      rows[row + CLIENT] = srcHost;
      rows[row + SERVER] = dstHost;
      rows[row + PORTS] = ports;
      rows[row + START_US] = flowStartUs;
      rows[row + ID] = flowIdOfEnds(ends, this.#names);
    }
    return rows[row + ID] as number;
  }
}
