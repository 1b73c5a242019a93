import type { Connection } from "./connection.ts";
import type { Direction } from "./direction.ts";
import { TcpFlag, type TcpSegment } from "./segment.ts";

/** RFC 9293 3.5. In an open connection a SYN proposes another, which only its answer or its data makes true. */
export function synchronize(connection: Connection, side: number, segment: TcpSegment): void {
  const own = connection.directions[side] as Direction;
  const peer = connection.peerOf(own);
  const { seq } = segment;
  if (segment.has(TcpFlag.ACK)) {
    if (peer.hasProposal && segment.ack === peer.proposedSeq) {
      reopen(connection, 1 - side, segment.ack);
    }
    const answering = connection.directions[side] as Direction;
    if (!answering.isSynced) answering.startAt(seq);
    return;
  }
  const isFresh = !own.isSynced && !peer.isSynced;
  if (isFresh || connection.isClosing) reopen(connection, side, seq);
  else if (!own.isSynced || own.nextSeq !== seq) {
    own.proposedSeq = seq;
    own.hasProposal = true;
  }
}

/** Begins a connection on the same ends anew, whose client, the sender of that side, has a first byte of that number. */
export function reopen(connection: Connection, client: number, seq: number): void {
  connection.renew();
  connection.client = client;
  connection.directions[client]?.startAt(seq);
}

/** Nobody guesses the other end's numbers: who acknowledges just what that sent receives at its address. */
export function acknowledge(own: Direction, peer: Direction, ack: number): void {
  own.acked = ack;
  own.hasAcked = true;
  if (peer.isSynced && ack === peer.nextSeq) own.isProven = true;
}
