import type * as Http from "node:http";
import { loadLater } from "../../base/load-later.ts";
import { type ListenAddress, listenText } from "./listen-address.ts";

const ANSWER_MS = 1_000;
/** More than a sensor's /stats has. */
const BYTES_MAX = 1_048_576;
const EVERYWHERE: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

/** Number of the process of a sensor that listens there already; 0 when it is something else. Never rejects. */
export function sensorAt({ host, port }: ListenAddress): Promise<number> {
  return new Promise((resolve) => {
    const { get } = loadLater("node:http") as typeof Http;
    const url = `http://${listenText({ host: EVERYWHERE[host] ?? host, port })}/stats`;
    const request = get(url, { timeout: ANSWER_MS }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (part: string) => {
        text += part;
        if (text.length > BYTES_MAX) request.destroy();
      });
      answer.on("end", () => resolve(pidOf(text)));
      answer.on("error", () => resolve(0));
      answer.on("close", () => resolve(0));
    });
    const timer = setTimeout(() => request.destroy(), ANSWER_MS);
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(0));
    request.on("close", () => clearTimeout(timer));
  });
}

function pidOf(text: string): number {
  try {
    const { sensor, sipsentry } = JSON.parse(text) as {
      readonly sipsentry?: unknown;
      readonly sensor?: { readonly pid?: unknown };
    };
    const pid = sensor?.pid;
    return typeof sipsentry === "string" && Number.isSafeInteger(pid) ? (pid as number) : 0;
  } catch {
    return 0;
  }
}
