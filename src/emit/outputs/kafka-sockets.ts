import net from "node:net";
import tls from "node:tls";

/** What a Kafka client asks for when it wants a connection. */
export interface SocketRequest {
  readonly host: string;
  readonly port: number;
  readonly ssl: tls.ConnectionOptions | undefined;
  readonly onConnect: () => void;
}

const GIVEN_UP = "given up";
const KEEP_ALIVE_MS = 30_000;

/** The connections of one producer, so that all of them end when it is thrown away. */
export class KafkaSockets {
  readonly #open = new Set<net.Socket>();
  /** kafkajs splits HOST:PORT at the first colon, so an IPv6 address goes through it under another name. */
  readonly #aliases = new Map<string, string>();
  #isOver = false;

  /** HOST:PORT for kafkajs from HOST:PORT or [IPv6]:PORT. */
  nameOf(broker: string): string {
    const match = /^\[(?<address>[^\]]+)\]:(?<port>\d+)$/.exec(broker);
    const address = match?.groups?.address;
    if (address === undefined) return broker;
    const alias = `ipv6-${this.#aliases.size}`;
    this.#aliases.set(alias, address);
    return `${alias}:${match?.groups?.port ?? ""}`;
  }

  readonly connect = (request: SocketRequest): net.Socket => {
    // What was given up may still try again by itself.
    if (this.#isOver) return new net.Socket().destroy(new Error(GIVEN_UP));
    const { port, ssl, onConnect } = request;
    const host = this.#aliases.get(request.host) ?? request.host;
    const isSecure = ssl !== undefined && ssl !== null;
    const servername = net.isIP(host) === 0 ? { servername: host } : {};
    const socket = isSecure
      ? tls.connect({ host, port, ...servername, ...ssl }, onConnect)
      : net.connect({ host, port }, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.setNoDelay(true);
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
    return socket;
  };

  /** Ends all, which rejects the client's requests in flight, and opens no more. */
  destroy(): void {
    this.#isOver = true;
    for (const socket of this.#open) socket.destroy(new Error(GIVEN_UP));
    this.#open.clear();
  }
}
