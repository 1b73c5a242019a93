/** A strict reader of RFC 5424, written from its ABNF (section 6) and apart from the writer. */

export interface SyslogMessage {
  readonly priority: number;
  readonly timestamp: string;
  readonly hostname: string;
  readonly appName: string;
  readonly procId: string;
  readonly msgId: string;
  /** SD-ID to its parameters. */
  readonly data: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly message: string;
}

const HEADER =
  /^<(\d{1,3})>1 (-|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) /;
const SD_NAME = /^[!#-<>-\\^-~]{1,32}/;

/** Throws when the octets are no SYSLOG-MSG. */
export function parseSyslog(octets: Uint8Array): SyslogMessage {
  const text = Buffer.from(octets).toString("latin1");
  const header = HEADER.exec(text);
  if (header === null) throw new Error(`no header: ${text.slice(0, 80)}`);
  const [all, priority, timestamp = "", hostname = "", appName = "", procId = "", msgId = ""] =
    header;
  if (Number(priority) > 191 || /^0\d/.test(priority ?? "")) throw new Error("PRIVAL");
  const { data, at } = parseData(text, all.length);
  if (at < text.length && text[at] !== " ") throw new Error("no space before MSG");
  const message = octets.subarray(at + 1);
  return {
    priority: Number(priority),
    timestamp,
    hostname,
    appName,
    procId,
    msgId,
    data,
    message: messageText(message),
  };
}

/** RFC 5424 6.4: with a byte order mark it is UTF-8; without one we demand what needs none, US-ASCII. */
function messageText(octets: Uint8Array): string {
  const hasMark = octets[0] === 0xef && octets[1] === 0xbb && octets[2] === 0xbf;
  if (hasMark) return new TextDecoder("utf-8", { fatal: true }).decode(octets.subarray(3));
  if (octets.some((octet) => octet > 0x7e || octet < 0x20)) throw new Error("MSG is no US-ASCII");
  return Buffer.from(octets).toString("latin1");
}

function parseData(text: string, start: number) {
  const data = new Map<string, ReadonlyMap<string, string>>();
  let at = start;
  if (text[at] === "-") return { data, at: at + 1 };
  while (text[at] === "[") {
    const [id] = SD_NAME.exec(text.slice(at + 1)) ?? [];
    if (id === undefined || data.has(id)) throw new Error("SD-ID");
    at += 1 + id.length;
    const params = new Map<string, string>();
    while (text[at] === " ") {
      const [name] = SD_NAME.exec(text.slice(at + 1)) ?? [];
      if (name === undefined) throw new Error("PARAM-NAME");
      at += 1 + name.length;
      if (!text.startsWith('="', at)) throw new Error("PARAM-VALUE");
      const value = parseValue(text, at + 2);
      params.set(name, value.text);
      at = value.end;
    }
    if (text[at] !== "]") throw new Error("end of SD-ELEMENT");
    at++;
    data.set(id, params);
  }
  if (data.size === 0) throw new Error("no STRUCTURED-DATA");
  return { data, at };
}

function parseValue(text: string, start: number) {
  let value = "";
  for (let at = start; at < text.length; at++) {
    const char = text[at] ?? "";
    if (char === '"') return { text: value, end: at + 1 };
    if (char === "]") throw new Error("] is not escaped");
    if (char === "\\" && /["\\\]]/.test(text[at + 1] ?? "")) at++;
    value += text[at];
  }
  throw new Error("PARAM-VALUE without end");
}

/** RFC 6587 3.4.1: the messages in a stream of octet-counted frames, and what is left over. */
export function parseFrames(stream: Buffer): {
  readonly messages: Buffer[];
  readonly rest: Buffer;
} {
  const messages: Buffer[] = [];
  let rest = stream;
  for (;;) {
    const [head, length] = /^([1-9]\d{0,9}) /.exec(rest.toString("latin1", 0, 12)) ?? [];
    const end = (head?.length ?? 0) + Number(length);
    if (head === undefined || rest.length < end) return { messages, rest };
    messages.push(rest.subarray(head.length, end));
    rest = rest.subarray(end);
  }
}
