/** SIP messages as lists of header fields, so that proxies and servers can do to them what RFC 3261 says. */

export type Header = readonly [name: string, value: string];

export interface Body {
  readonly type: string;
  readonly text: string;
}

export class SipMessage {
  readonly startLine: string;
  readonly headers: readonly Header[];
  readonly body: Body | null;

  constructor(startLine: string, headers: readonly Header[], body: Body | null = null) {
    this.startLine = startLine;
    this.headers = headers;
    this.body = body;
  }

  get method(): string {
    return this.startLine.split(" ")[0] ?? "";
  }

  get uri(): string {
    return this.startLine.split(" ")[1] ?? "";
  }

  /** The first value of a header, or "". */
  value(name: string): string {
    return this.headers.find(([header]) => header === name)?.[1] ?? "";
  }

  all(name: string): Header[] {
    return this.headers.filter(([header]) => header === name);
  }

  text(): string {
    const { body } = this;
    const lines = this.headers.map(([name, value]) => `${name}: ${value}`);
    if (body !== null) lines.push(`Content-Type: ${body.type}`);
    lines.push(`Content-Length: ${body?.text.length ?? 0}`, "", body?.text ?? "");
    return [this.startLine, ...lines].join("\r\n");
  }

  withHeaders(headers: readonly Header[]): SipMessage {
    return new SipMessage(this.startLine, headers, this.body);
  }
}

export interface RequestFields {
  readonly method: string;
  readonly uri: string;
  /** Host and port of Via. */
  readonly sentBy: string;
  /** Without its cookie. */
  readonly branch: string;
  /** URIs of From and To, without brackets. */
  readonly from: string;
  readonly to: string;
  readonly fromTag: string;
  readonly toTag?: string | undefined;
  readonly callId: string;
  readonly cseq: number;
  readonly contact?: string | undefined;
  readonly userAgent?: string;
  /** Route values, topmost first. */
  readonly route?: readonly string[];
  /** Authorization, Event, Refer-To and the like. */
  readonly headers?: readonly Header[];
  readonly body?: Body | null;
  readonly maxForwards?: number;
}

export const COOKIE = "z9hG4bK";

export function via(sentBy: string, branch: string): Header {
  return ["Via", `SIP/2.0/UDP ${sentBy};branch=${COOKIE}${branch};rport`];
}

export function request(fields: RequestFields): SipMessage {
  const { method, from, to, fromTag, toTag, contact, userAgent = "" } = fields;
  const headers: Header[] = [
    via(fields.sentBy, fields.branch),
    ...(fields.route ?? []).map((value): Header => ["Route", value]),
    ["Max-Forwards", String(fields.maxForwards ?? 70)],
    ["From", `<${from}>;tag=${fromTag}`],
    ["To", `<${to}>${toTag === undefined ? "" : `;tag=${toTag}`}`],
    ["Call-ID", fields.callId],
    ["CSeq", `${fields.cseq} ${method}`],
  ];
  if (contact !== undefined) headers.push(["Contact", `<${contact}>`]);
  headers.push(...(fields.headers ?? []));
  if (userAgent !== "") headers.push(["User-Agent", userAgent]);
  return new SipMessage(`${method} ${fields.uri} SIP/2.0`, headers, fields.body ?? null);
}

/** RFC 3261 8.2.6: Via, From, To, Call-ID and CSeq of the request; Record-Route as 12.1.1 has it. */
export function respond(
  asked: SipMessage,
  status: number,
  fields: {
    readonly toTag?: string | undefined;
    readonly contact?: string | undefined;
    /** Source address and port of the request, for `received` and `rport` (RFC 3581 4). */
    readonly source?: { readonly ip: string; readonly port: number };
    readonly headers?: readonly Header[];
    readonly body?: Body | null;
    readonly server?: string;
  } = {},
): SipMessage {
  const to = asked.value("To");
  const { toTag, contact, source, server = "" } = fields;
  const needsTag = toTag !== undefined && status > 100 && !to.includes(";tag=");
  const vias = asked.all("Via").map(([name, value], i): Header => {
    if (i > 0 || source === undefined) return [name, value];
    return [name, `${value.replace(";rport", `;rport=${source.port}`)};received=${source.ip}`];
  });
  const headers: Header[] = [
    ...vias,
    ...(status > 100 && status < 300 ? asked.all("Record-Route") : []),
    ["From", asked.value("From")],
    ["To", needsTag ? `${to};tag=${toTag}` : to],
    ["Call-ID", asked.value("Call-ID")],
    ["CSeq", asked.value("CSeq")],
  ];
  if (contact !== undefined) headers.push(["Contact", `<${contact}>`]);
  headers.push(...(fields.headers ?? []));
  if (server !== "") headers.push(["Server", server]);
  return new SipMessage(
    `SIP/2.0 ${status} ${REASONS[status] ?? "Unnamed"}`,
    headers,
    fields.body ?? null,
  );
}

/** RFC 3261 16.6: as a proxy sends it on. */
export function forward(
  asked: SipMessage,
  proxy: {
    readonly via: Header;
    readonly uri?: string | undefined;
    readonly recordRoute?: string | undefined;
    /** Takes the topmost Route off: it names this proxy. */
    readonly popsRoute?: boolean;
    readonly source?: { readonly ip: string; readonly port: number };
  },
): SipMessage {
  const { uri = asked.uri, recordRoute, source } = proxy;
  let isFirstVia = true;
  let hasRoute = proxy.popsRoute !== true;
  const headers: Header[] = [];
  if (recordRoute !== undefined) headers.push(["Record-Route", recordRoute]);
  headers.push(proxy.via);
  for (const [name, value] of asked.headers) {
    if (name === "Via" && isFirstVia && source !== undefined) {
      isFirstVia = false;
      headers.push([
        name,
        `${value.replace(";rport", `;rport=${source.port}`)};received=${source.ip}`,
      ]);
    } else if (name === "Route" && !hasRoute) hasRoute = true;
    else if (name === "Max-Forwards") headers.push([name, String(Number(value) - 1)]);
    else headers.push([name, value]);
  }
  return new SipMessage(`${asked.method} ${uri} SIP/2.0`, headers, asked.body);
}

/** RFC 3261 16.7: the response without the proxy's own Via. */
export function withoutTopVia(response: SipMessage): SipMessage {
  const at = response.headers.findIndex(([name]) => name === "Via");
  return response.withHeaders(response.headers.filter((_, i) => i !== at));
}

const REASONS: Readonly<Record<number, string>> = {
  100: "Trying",
  180: "Ringing",
  183: "Session Progress",
  200: "OK",
  202: "Accepted",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  407: "Proxy Authentication Required",
  408: "Request Timeout",
  480: "Temporarily Unavailable",
  481: "Call/Transaction Does Not Exist",
  484: "Address Incomplete",
  486: "Busy Here",
  487: "Request Terminated",
  491: "Request Pending",
  500: "Server Internal Error",
  503: "Service Unavailable",
  603: "Decline",
};
