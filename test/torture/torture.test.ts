import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { AddressView } from "../../src/decode/sip/address.ts";
import { SIP_ANOMALY_NAMES, SIP_LEGAL_ODDITIES } from "../../src/decode/sip/anomaly.ts";
import { strictVerdict } from "../../src/decode/sip/grammar.ts";
import { HeaderId } from "../../src/decode/sip/headers.ts";
import { SipMessageView } from "../../src/decode/sip/message.ts";
import { viaCount } from "../../src/decode/sip/via.ts";
import { MessageKeys } from "../../src/track/transactions/message-keys.ts";
import { type Fields, VALID_FIELDS } from "./fields.ts";

const FOLDER = new URL("messages/", import.meta.url);

/** Section, file, the scanner's anomalies, where the grammar judge stops, remark. */
type Row = readonly [
  section: string,
  file: string,
  anomalies: string,
  judge: string,
  note?: string,
];

const SEMANTIC = "legal syntax, odd meaning: for servers to reject, nothing for a decoder";

/** 3.1.1: valid, so nothing may be wrong with them. */
const VALID: readonly Row[] = [
  ["3.1.1.1", "wsinv", "", ""],
  ["3.1.1.2", "intmeth", "", ""],
  ["3.1.1.3", "esc01", "", ""],
  ["3.1.1.4", "escnull", "", ""],
  ["3.1.1.5", "esc02", "", ""],
  ["3.1.1.6", "lwsdisp", "", ""],
  ["3.1.1.7", "longreq", "", ""],
  ["3.1.1.8", "dblreq", "trailing_bytes", "", "legal: bytes after the body are to be ignored"],
  ["3.1.1.9", "semiuri", "", ""],
  ["3.1.1.10", "transports", "", ""],
  ["3.1.1.11", "mpart01", "", ""],
  ["3.1.1.12", "unreason", "", ""],
  ["3.1.1.13", "noreason", "", ""],
];

/** 3.1.2: invalid. */
const INVALID: readonly Row[] = [
  ["3.1.2.1", "badinv01", "bad_header_value", "Via", "empty parameters and values in Via"],
  ["3.1.2.2", "clerr", "content_length_mismatch", ""],
  ["3.1.2.3", "ncl", "bad_content_length", "Content-Length"],
  ["3.1.2.4", "scalar02", "bad_cseq", "", "a CSeq of 36893488147419103232"],
  ["3.1.2.5", "scalarlg", "bad_cseq", ""],
  ["3.1.2.6", "quotbal", "bad_header_value", "To", "a quote that nothing closes"],
  ["3.1.2.7", "ltgtruri", "bad_uri", "start line"],
  ["3.1.2.8", "lwsruri", "bad_uri", "start line"],
  ["3.1.2.9", "lwsstart", "bad_uri", "start line", "two blanks: the second belongs to the URI"],
  ["3.1.2.10", "trws", "bad_start_line", "start line"],
  ["3.1.2.11", "escruri", "bad_uri", ""],
  ["3.1.2.12", "baddate", "bad_header_value", "", "EST; jssip has no rule for Date"],
  ["3.1.2.13", "regbadct", "bad_header_value", "Contact", "a ? without brackets"],
  ["3.1.2.14", "badaspec", "bad_header_value", "To", "blanks inside the brackets"],
  [
    "3.1.2.15",
    "baddn",
    "incomplete_headers bad_header_value",
    "From",
    "a comma in a name without quotes; the file ends without the empty line",
  ],
  ["3.1.2.16", "badvers", "bad_version", "", "SIP/7.0"],
  ["3.1.2.17", "mismatch01", "cseq_method_mismatch", ""],
  ["3.1.2.18", "mismatch02", "cseq_method_mismatch", ""],
  ["3.1.2.19", "bigcode", "bad_status_code", "start line"],
];

/** 3.2 to 3.4: what transactions, applications and old implementations make of legal syntax. */
const ODD: readonly Row[] = [
  ["3.2.1", "badbranch", "", "", SEMANTIC],
  ["3.3.1", "insuf", "missing_header", ""],
  ["3.3.2", "unkscm", "", "", SEMANTIC],
  ["3.3.3", "novelsc", "", "", SEMANTIC],
  ["3.3.4", "unksm2", "", "", SEMANTIC],
  ["3.3.5", "bext01", "", "", SEMANTIC],
  ["3.3.6", "invut", "", "", SEMANTIC],
  ["3.3.7", "regaut01", "", "", SEMANTIC],
  ["3.3.8", "multi01", "duplicate_header", ""],
  ["3.3.9", "mcl01", "duplicate_header trailing_bytes", "", "two Content-Length: the first counts"],
  ["3.3.10", "bcast", "", "", SEMANTIC],
  ["3.3.11", "zeromf", "", "", SEMANTIC],
  ["3.3.12", "cparam01", "", "", SEMANTIC],
  ["3.3.13", "cparam02", "", "", SEMANTIC],
  ["3.3.14", "regescrt", "", "", SEMANTIC],
  ["3.3.15", "sdp01", "", "", SEMANTIC],
  ["3.4.1", "inv2543", "", "", SEMANTIC],
];

const message = new SipMessageView();
const keys = new MessageKeys();

function namesOf(anomalies: number): string {
  return SIP_ANOMALY_NAMES.filter((_, bit) => (anomalies & (1 << bit)) !== 0).join(" ");
}

describe.each([
  ["3.1.1 valid messages", VALID],
  ["3.1.2 invalid messages", INVALID],
  ["3.2 to 3.4 legal syntax, odd meaning", ODD],
])("RFC 4475 %s", (_, rows) => {
  test.each(rows)("%s %s", (_section, file, anomalies, judge) => {
    const bytes = readFileSync(new URL(`${file}.dat`, FOLDER));
    expect(message.decode(bytes, 0, bytes.length, false)).toBe(true);
    keys.decode(message, message.method);
    expect(namesOf(message.anomalies)).toBe(anomalies);
    const verdict = strictVerdict(bytes.toString("latin1"));
    expect(verdict?.slice(0, verdict.indexOf('"') - 1) ?? "").toBe(judge);
    if (rows === VALID) expect(message.anomalies & ~SIP_LEGAL_ODDITIES).toBe(0);
  });
});

describe("the judge, of addresses that are no SIP URI", () => {
  const verdict = (header: string) =>
    strictVerdict(`REGISTER sip:example.com SIP/2.0\r\n${header}\r\n\r\n`);

  test.each([
    "From: <tel:+12015550100>;tag=1",
    'To: "A \\" <b>" <tel:+1-201-555-0100;phone-context=example.com>;tag=1',
    "Contact: Bob <urn:service:sos>;expires=60",
    "Refer-To: <tel:863-1234;phone-context=example.com?x=y>",
    "To: isbn:2983792873",
    "f: tel:+12015550100;tag=1",
  ])("%s is sound", (header) => expect(verdict(header)).toBeNull());

  test.each([
    "From: <tel:+12015550100;tag=1",
    "From: <tel:+1 201 555 0100>;tag=1",
    "From: <1tel:5550100>",
    "To: <tel:>",
    'To: "A <tel:+12015550100>',
    "To: <tel:+12015550100>;=1",
    "To: <sip:a@b@c>",
    "Via: <tel:+12015550100>",
  ])("%s is not", (header) => {
    expect(verdict(header)).toMatch(new RegExp(`^${header.split(":")[0]} "`));
  });
});

test("RFC 4475 3.1.2: each invalid message is a fact", () => {
  for (const [, file, anomalies] of INVALID) expect(anomalies, file).not.toBe("");
});

describe("RFC 4475 3.1.1: all fields of each valid message are read", () => {
  test.each(VALID.map(([section, file]) => [section, file]))("%s %s", (_section, file = "") => {
    const bytes = readFileSync(new URL(`${file}.dat`, FOLDER));
    expect(message.decode(bytes, 0, bytes.length, false)).toBe(true);
    keys.decode(message, message.method);
    expect(fieldsOf(bytes)).toEqual(VALID_FIELDS[file]);
  });

  function fieldsOf(bytes: Buffer): Fields {
    const { from, to, via } = keys;
    const at = ({ user, host }: AddressView) => `${message.text(user)}@${message.text(host)}`;
    const [first = "", uri = ""] = message.text(message.startLine).split(" ");
    const address = new AddressView();
    if (message.isRequest) address.decodeUri(Buffer.from(uri, "latin1"), 0, uri.length);
    const cseq = message.headerText(HeaderId.CSEQ).trim().split(/\s+/)[1] ?? "";
    return {
      what: message.isRequest ? first : String(message.statusCode),
      uriUser: message.isRequest ? uri.slice(address.user.start, address.user.end) : "",
      from: at(from),
      fromTag: message.text(from.tag),
      to: at(to),
      toTag: message.text(to.tag),
      callId: message.headerText(HeaderId.CALL_ID),
      cseq: `${message.cseq} ${cseq}`,
      via: message.text(via.host),
      branch: message.text(via.branch),
      vias: viaCount(message, via),
      maxForwards: message.headerText(HeaderId.MAX_FORWARDS),
      bodyBytes: bytes.subarray(message.bodyStart, message.bodyEnd).length,
    };
  }
});

test("all 49 messages are in the tables, once", () => {
  const inTables = [...VALID, ...INVALID, ...ODD].map(([, file]) => `${file}.dat`);
  expect(inTables.sort()).toEqual(readdirSync(FOLDER).sort());
  expect(inTables).toHaveLength(49);
});
