import { combineThree53 } from "../../base/hash.ts";
import { KeyTable } from "../../base/key-table.ts";
import type { PacketView } from "../packet.ts";
import { Connection } from "./connection.ts";
import type { TcpSegment } from "./segment.ts";

/** Connections by their two ends; strangers go before those that were promoted. */
export class ConnectionTable {
  readonly table: KeyTable;
  readonly #connections: Connection[] = [];

  /** `onEvict` gives back what a connection holds. */
  constructor(connectionsMax: number, onEvict: (connection: Connection) => void) {
    this.table = new KeyTable(connectionsMax);
    this.table.onEvict = (row) => onEvict(this.at(row));
  }

  at(row: number): Connection {
    return this.#connections[row] as Connection;
  }

  find(key: number): Connection | null {
    const row = this.table.find(key);
    if (row < 0) return null;
    this.table.touch(row);
    return this.at(row);
  }

  add(key: number, nowUs: number): Connection {
    const row = this.table.add(key);
    const connection = this.#connections[row] ?? new Connection();
    this.#connections[row] = connection;
    connection.begin(row, nowUs);
    return connection;
  }

  refOf({ row }: Connection): number {
    return this.table.ref(row);
  }

  /** Null when it is gone. */
  ofRef(ref: number): Connection | null {
    const row = this.table.rowOf(ref);
    return row < 0 ? null : this.at(row);
  }

  oldest(): Connection | null {
    const row = this.table.oldest();
    return row < 0 ? null : this.at(row);
  }
}

/** The segment goes from the lower end to the higher. */
export function isFromLow(packet: PacketView, { srcPort, dstPort }: TcpSegment): boolean {
  const { dstHost, srcHost } = packet;
  return srcHost < dstHost || (srcHost === dstHost && srcPort <= dstPort);
}

export function connectionKey(packet: PacketView, segment: TcpSegment, isLow: boolean): number {
  const { srcPort, dstPort } = segment;
  const { dstHost, srcHost } = packet;
  return isLow
    ? combineThree53(srcHost, dstHost, srcPort * 65_536 + dstPort)
    : combineThree53(dstHost, srcHost, dstPort * 65_536 + srcPort);
}
