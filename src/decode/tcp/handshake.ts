import type { Connection } from "./connection.ts";
import type { Direction } from "./direction.ts";
import { TcpFlag, type TcpSegment } from "./segment.ts";

/** RFC 9293 3.5. In an open connection a SYN proposes another, which only its answer or its data makes true. */
export function synchronize(
  connection: Connection,
  own: Direction,
  peer: Direction,
  segment: TcpSegment,
): void {
  const { seq } = segment;
  if (segment.has(TcpFlag.ACK)) {
    if (peer.hasProposal && segment.ack === peer.proposedSeq) reopen(connection, peer, segment.ack);
    if (!own.isSynced) own.startAt(seq);
    return;
  }
  const isFresh = !own.isSynced && !peer.isSynced;
  if (isFresh || connection.isClosing) reopen(connection, own, seq);
  else if (!own.isSynced || own.nextSeq !== seq) {
    own.proposedSeq = seq;
    own.hasProposal = true;
  }
}

/** Begins a connection on the same ends anew, whose client's first byte has that number. */
export function reopen(connection: Connection, client: Direction, seq: number): void {
  connection.release();
  connection.begin(connection.row, connection.firstUs);
  connection.client = connection.directions.indexOf(client);
  client.startAt(seq);
}

/** Nobody guesses the other end's numbers: who acknowledges just what that sent receives at its address. */
export function acknowledge(own: Direction, peer: Direction, ack: number): void {
  own.acked = ack;
  own.hasAcked = true;
  if (peer.isSynced && ack === peer.nextSeq) own.isProven = true;
}
