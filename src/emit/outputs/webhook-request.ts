import { type Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";

/** What is used of a receiver's answer. */
export interface Answer {
  readonly status: number;
  /** Headers `Retry-After` and `Location`; "" without one. */
  readonly retryAfter: string;
  readonly location: string;
  /** Beginning of the body. */
  readonly text: string;
}

export interface Post {
  readonly method?: "POST" | "PUT";
  readonly agent: Agent;
  readonly timeoutMs: number;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** Of an answer's body as much is read as can say what is wrong; more ends the connection. */
const BODY_MAX = 65_536;
const TEXT_MAX = 1_024;

/**
 * One request, POST unless it says PUT; redirects are not followed. `timeoutMs` bounds it from the first byte to the end of the
 * answer. Rejects with the system's error.
 */
export function post(
  url: URL,
  { agent, body, headers, method = "POST", timeoutMs }: Post,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const request = send(url, {
      method,
      agent,
      headers: { ...headers, "content-length": body.length },
    });
    const timer = setTimeout(() => {
      request.destroy(new Error(`no answer within ${timeoutMs} ms`));
    }, timeoutMs);
    request.once("close", () => clearTimeout(timer));
    request.on("error", reject);
    request.once("response", (response) => {
      readText(response).then((text) => {
        const { headers: fields, statusCode } = response;
        resolve({
          status: statusCode ?? 0,
          retryAfter: fields["retry-after"] ?? "",
          location: fields.location ?? "",
          text,
        });
      }, reject);
    });
    request.end(body);
  });
}

/** The status has come by now; only a timeout or a broken connection ends this otherwise. */
async function readText(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response) {
    if (!(part instanceof Buffer)) break;
    if (bytes < TEXT_MAX) parts.push(part.subarray(0, TEXT_MAX));
    bytes += part.length;
    // Leaving the loop destroys the response and its connection.
    if (bytes > BODY_MAX) break;
  }
  return Buffer.concat(parts).subarray(0, TEXT_MAX).toString("utf8");
}
