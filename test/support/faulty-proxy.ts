import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * - `pass`: hands everything on.
 * - `reset`: accepts a connection and resets it at the first request.
 * - `lose-answer`: hands the next Produce request on, and resets when its answer comes; then passes.
 */
export type ProxyMode = "pass" | "reset" | "lose-answer";

/** Kafka protocol: size (4 bytes), then the API key; 0 is Produce. */
const API_KEY_AT = 4;
const PRODUCE = 0;

/** A TCP proxy before a broker, for what goes wrong on the way. */
export class FaultyProxy {
  mode: ProxyMode = "pass";
  /** Connections that it reset. */
  resets = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  static async start(port: number, brokerPort: number): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(brokerPort);
    proxy.#server.listen(port, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  private constructor(brokerPort: number) {
    this.#server = createServer((client) => this.#onClient(client, brokerPort));
  }

  /** Resets what is open now. */
  resetAll(): void {
    for (const socket of this.#sockets) {
      this.resets++;
      socket.resetAndDestroy();
    }
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #onClient(client: Socket, brokerPort: number): void {
    const broker = connect(brokerPort, "127.0.0.1");
    let losesAnswer = false;
    const end = () => {
      client.destroy();
      broker.destroy();
      this.#sockets.delete(client);
    };
    const reset = () => {
      this.resets++;
      client.resetAndDestroy();
      end();
    };
    this.#sockets.add(client);
    for (const socket of [client, broker]) socket.on("error", end).on("close", end);
    client.on("data", (data) => {
      if (this.mode === "reset") return reset();
      const isProduce = data.length > API_KEY_AT + 2 && data.readInt16BE(API_KEY_AT) === PRODUCE;
      if (this.mode === "lose-answer" && isProduce) {
        this.mode = "pass";
        losesAnswer = true;
      }
      broker.write(data);
    });
    broker.on("data", (data) => {
      if (losesAnswer) reset();
      else client.write(data);
    });
  }
}
