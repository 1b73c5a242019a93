import { combineThree53 } from "../../base/hash.ts";
import { KeyTable } from "../../base/key-table.ts";
import type { PacketView } from "../packet.ts";
import { Connection } from "./connection.ts";
import type { TcpSegment } from "./segment.ts";

/** Connections by their two ends; strangers go before those that were promoted. */
export class ConnectionTable {
  readonly table: KeyTable;
  readonly #connections: Connection[] = [];
  /** The one that was found last, by its ends. */
  #last: Connection | null = null;
  #low = 0.5;
  #high = 0.5;
  #ports = 0.5;

  /** `onEvict` gives back what a connection holds. */
  constructor(connectionsMax: number, onEvict: (connection: Connection) => void) {
    this.table = new KeyTable(connectionsMax);
    this.table.onEvict = (row) => {
      this.forget(this.at(row));
      onEvict(this.at(row));
    };
  }

  at(row: number): Connection {
    return this.#connections[row] as Connection;
  }

  /** The connection of a segment; null when it is none that is known. */
  find(packet: PacketView, segment: TcpSegment, isLow: boolean): Connection | null {
    const low = isLow ? packet.srcHost : packet.dstHost;
    const high = isLow ? packet.dstHost : packet.srcHost;
    const ports = portsOf(segment, isLow);
    // Segments of one message mostly follow each other.
    const isSame = low === this.#low && high === this.#high && ports === this.#ports;
    if (isSame && this.#last !== null) return this.#last;
    const row = this.table.find(combineThree53(low, high, ports));
    if (row < 0) return null;
    this.table.touch(row);
    this.#low = low;
    this.#high = high;
    this.#ports = ports;
    this.#last = this.at(row);
    return this.#last;
  }

  remove(connection: Connection): void {
    this.forget(connection);
    this.table.remove(connection.row);
  }

  /** Its row is about to be another's. */
  forget(connection: Connection): void {
    if (connection === this.#last) this.#last = null;
  }

  add(packet: PacketView, segment: TcpSegment, isLow: boolean): Connection {
    const { dstHost, srcHost, timeUs: nowUs } = packet;
    const ports = portsOf(segment, isLow);
    const key = isLow
      ? combineThree53(srcHost, dstHost, ports)
      : combineThree53(dstHost, srcHost, ports);
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

/** Of a connection's two directions this is the first: from its lower end to the higher. */
export function isFromLow(packet: PacketView, segment: Pick<TcpSegment, "srcPort" | "dstPort">) {
  const { dstHost, srcHost } = packet;
  const { dstPort, srcPort } = segment;
  return srcHost < dstHost || (srcHost === dstHost && srcPort <= dstPort);
}

function portsOf({ srcPort, dstPort }: TcpSegment, isLow: boolean): number {
  return isLow ? srcPort * 65_536 + dstPort : dstPort * 65_536 + srcPort;
}
