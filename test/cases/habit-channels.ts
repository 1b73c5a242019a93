import { register, requestOf } from "../support/sip-actors.ts";
import { audioSdp, sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { PBX } from "./lab.ts";
import type { Scene } from "./scene.ts";

/** What edits the text of the message number `i`. */
export type Edit = (text: string, i: number) => string;

export interface Carrier {
  readonly from: Endpoint;
  readonly to?: Endpoint;
  readonly user?: string;
  readonly method?: string;
  readonly times: number;
  readonly seconds?: number;
  /** Messages before the first that carries something. */
  readonly calm?: number;
  readonly status?: number;
  readonly edit?: Edit;
  readonly editAnswer?: Edit;
  readonly headers?: (i: number) => readonly string[];
}

/** Headers that real phones write beside those of the test's builder. */
const HEADERS = [
  "Supported: replaces, timer",
  "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, NOTIFY, REFER, MESSAGE, INFO",
  "Expires: 3600",
];

/** A phone that is registered sends requests, each answered; from number `calm` on they carry data. */
export function carried(scene: Scene, options: Carrier): void {
  const { from, to = PBX, user = "201", method = "OPTIONS", times, seconds = 20 } = options;
  const { calm = 0, status = method === "INVITE" ? 486 : 200, headers = () => HEADERS } = options;
  const same: Edit = (text) => text;
  const { edit = same, editAnswer = same } = options;
  if (to.ip === PBX.ip) register(scene, from, to, user);
  for (let i = 0; i < calm + times; i++) {
    const request = requestOf(scene, from, to, method, user, {
      to: method === "REGISTER" ? user : `2${10 + (i % 4)}`,
      callId: `${scene.hex(24)}@${from.ip}`,
      fromTag: scene.hex(16),
      branch: scene.hex(16),
      headers: headers(i),
      sdp: method === "INVITE" ? offer(from, 16_384 + 2 * (i % 20)) : "",
    });
    const answer = sipResponse(request, status, {
      toTag: scene.hex(16),
      headers: ["Server: Asterisk PBX 18.10.0"],
    });
    const isCarrying = i >= calm;
    scene.send(from, to, isCarrying ? edit(request.text, i) : request.text);
    scene.send(to, from, isCarrying ? editAnswer(answer, i) : answer, 0.02);
    if (status >= 300 && method === "INVITE") {
      const ack = requestOf(scene, from, to, "ACK", user, { ...request });
      scene.send(from, to, ack.text.replace(/INVITE/g, "ACK"), 0.04);
    }
    scene.wait(seconds);
  }
}

function offer({ ip }: Endpoint, port: number): string {
  return audioSdp(ip, port).replace(
    /m=audio[\s\S]*/,
    [
      `m=audio ${port} RTP/AVP 8 0 9 18 101`,
      "a=rtpmap:8 PCMA/8000",
      "a=rtpmap:0 PCMU/8000",
      "a=rtpmap:9 G722/8000",
      "a=rtpmap:18 G729/8000",
      "a=fmtp:18 annexb=no",
      "a=rtpmap:101 telephone-event/8000",
      "a=fmtp:101 0-16",
      "a=ptime:20",
      "a=sendrecv",
      "",
    ].join("\r\n"),
  );
}

export function bit(scene: Scene): boolean {
  return scene.random() < 0.5;
}

export function below(scene: Scene, n: number): number {
  return Math.floor(scene.random() * n);
}

export function shuffled<T>(scene: Scene, items: readonly T[]): T[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = below(scene, i + 1);
    [out[i], out[j]] = [out[j] as T, out[i] as T];
  }
  return out;
}

/** Encrypted bytes as base64, with the letters of URLs. */
export function sealed(scene: Scene, bytes: number): string {
  const data = Array.from({ length: bytes }, () => below(scene, 256));
  return Buffer.from(data).toString("base64url");
}

/** The header lines of a message edited one by one; start line and body stay. */
export function lines(text: string, edit: (lines: string[]) => string[]): string {
  const at = text.indexOf("\r\n\r\n");
  const [start = "", ...rest] = text.slice(0, at).split("\r\n");
  return [start, ...edit(rest)].join("\r\n") + text.slice(at);
}

/** The same of the body, whose length is told anew. */
export function body(text: string, edit: (body: string) => string): string {
  const at = text.indexOf("\r\n\r\n") + 4;
  const edited = edit(text.slice(at));
  return text.slice(0, at).replace(/(Content-Length: )\d+/, `$1${edited.length}`) + edited;
}
