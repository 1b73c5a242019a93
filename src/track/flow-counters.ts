/** Counters and ends of a flow, client to server. Bytes are those on the wire, link header included. */
export interface FlowCounters {
  readonly pktsToServer: number;
  readonly pktsToClient: number;
  readonly bytesToServer: number;
  readonly bytesToClient: number;
  readonly startUs: number;
  readonly clientIp: string;
  readonly clientPort: number;
  readonly serverIp: string;
  readonly serverPort: number;
}
