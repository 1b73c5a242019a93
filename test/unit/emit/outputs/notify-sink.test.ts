import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { parseOutputs } from "../../../../src/emit/delivery/output-spec.ts";
import {
  type HookReceiver,
  type NotifySettings,
  NotifySink,
} from "../../../../src/emit/outputs/notify-sink.ts";
import { notifyBody } from "../../../../src/emit/outputs/notify-templates.ts";
import { QuietHours } from "../../../../src/emit/outputs/quiet-hours.ts";
import { outputSettings } from "../../../support/output-settings.ts";
import { recordOf } from "./eve-lines.ts";

const NOON = Date.UTC(2026, 10, 21, 12);
const NIGHT = Date.UTC(2026, 10, 21, 3);
const HOSTILE = "<!channel> [x](http://192.0.2.1) *b* \x1b[2J\u202e";

function caseFields(changes: object = {}, severity = 1) {
  return {
    timestamp: "2026-11-21T03:09:52.724169+0000",
    event_type: "case",
    src_ip: "198.18.7.77",
    case: {
      ...{ id: "a".repeat(32), state: "opened", severity, stage: "in", title: "somebody got in" },
      ...{ story: ["02:57: guessed.", "03:09: got in."], advice: ["Block 198.18.7.77."] },
      ...changes,
    },
    voip: { schema: "voip/1.0", alert_id: "9e55ec5d71c464b86962f3f96da508e9" },
  };
}

const record = (changes: object = {}, severity = 1) => ({
  ...recordOf(caseFields(changes, severity)),
  severity,
});

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function receiver() {
  const bodies: unknown[] = [];
  const requests: string[] = [];
  const types: unknown[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (part) => {
      text += part;
    });
    request.on("end", () => {
      bodies.push(JSON.parse(text));
      types.push(request.headers["content-type"]);
      requests.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      response.writeHead(202).end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => server.close());
  return {
    bodies,
    types,
    requests,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
  };
}

function settings(url: string, changes: Partial<HookReceiver> = {}): NotifySettings {
  const base = { url, body: "ndjson", batchRecords: 1, timeoutMs: 5_000 } as const;
  const webhook = { ...base, authorization: "", ca: "" };
  return {
    to: { template: "slack", webhook, routingKey: "", ...changes },
    ...{ severityMax: 2, quiet: "22:00-07:00", quietSeverityMax: 1, timezone: "UTC" },
  };
}

async function told(records: readonly ReturnType<typeof record>[], nowMs: number, changes = {}) {
  const { bodies, types, url } = await receiver();
  const sink = new NotifySink(settings(url, changes), () => nowMs);
  await sink.connect();
  for (const one of records) await sink.send([one]);
  await sink.close();
  return { bodies, types };
}

describe("messages about cases", () => {
  it("are sent for a case's beginning, its getting graver and its end, and for nothing else", async () => {
    const records = [
      record({ state: "opened" }),
      record({ state: "raised" }),
      record({ state: "update" }),
      record({ state: "closed", reason: "idle" }),
      record({ state: "closed", reason: "merged" }),
      record({ state: "opened" }, 3),
      { ...recordOf(), severity: 1 },
    ];
    const { bodies, types } = await told(records, NOON);
    expect(bodies).toHaveLength(3);
    expect(new Set(types)).toEqual(new Set(["application/json"]));
  });

  it("wake nobody in quiet hours but for the gravest, and a pager is told when it is over", async () => {
    const records = [record({}, 2), record({}, 1), record({ state: "closed" }, 2)];
    expect((await told(records, NIGHT)).bodies).toHaveLength(1);
    expect((await told(records, NOON)).bodies).toHaveLength(3);
    const pager = { template: "pagerduty", routingKey: "k" } as const;
    const { bodies } = await told(records, NIGHT, pager);
    expect(bodies).toMatchObject([{ event_action: "trigger" }, { event_action: "resolve" }]);
  });
});

describe("templates", () => {
  const line = JSON.stringify(caseFields());
  const hostile = JSON.stringify(
    caseFields({ title: HOSTILE, story: [HOSTILE], advice: [HOSTILE] }),
  );

  it("pagerduty: trigger and resolve meet by the case's id", () => {
    expect(JSON.parse(notifyBody("pagerduty", line, "key"))).toEqual({
      routing_key: "key",
      dedup_key: "a".repeat(32),
      event_action: "trigger",
      payload: {
        summary: "somebody got in",
        source: "sipsentry",
        severity: "critical",
        timestamp: "2026-11-21T03:09:52.724169Z",
        component: "198.18.7.77",
        class: "in",
        custom_details: {
          story: ["02:57: guessed.", "03:09: got in."],
          advice: ["Block 198.18.7.77."],
        },
      },
    });
  });

  it("slack: no text is markup, and none calls a channel", () => {
    const body = notifyBody("slack", hostile, "");
    expect(JSON.parse(body)).toMatchObject({ mrkdwn: false });
    const { blocks, text } = JSON.parse(body) as {
      blocks: { text: { type: string } }[];
      text: string;
    };
    expect(new Set(blocks.map((block) => block.text.type))).toEqual(new Set(["plain_text"]));
    expect(text).toContain("&lt;!channel&gt;");
    expect(body).not.toMatch(/\\u001b|\u202e/);
  });

  it("teams: an Adaptive Card whose Markdown is escaped", () => {
    const card = JSON.parse(notifyBody("teams", hostile, ""));
    const texts = JSON.stringify(card.attachments[0].content.body);
    expect(texts).toContain("\\\\[x\\\\]\\\\(http");
    expect(card).toMatchObject({
      attachments: [{ contentType: "application/vnd.microsoft.card.adaptive" }],
    });
  });

  it("matrix: a notice whose formatted body is the text escaped, and mentions nobody", () => {
    const content = JSON.parse(notifyBody("matrix", hostile, ""));
    expect(content).toMatchObject({ msgtype: "m.notice", "m.mentions": {} });
    const tags = content.formatted_body.match(/<[^>]*>/g);
    expect(new Set(tags)).toEqual(new Set(["<strong>", "</strong>", "<br>"]));
    expect(content.formatted_body).toContain("&lt;!channel&gt;");
    expect(JSON.stringify(content)).not.toMatch(/\\u001b|\u202e/);
    // Events of more than 65,536 bytes are refused.
    const long = caseFields({ title: "<".repeat(9_000), story: ["\u{1f4de}".repeat(9_000)] });
    expect(Buffer.byteLength(notifyBody("matrix", JSON.stringify(long), ""))).toBeLessThan(60_000);
  });

  it("case: the record as it is", () => {
    expect(notifyBody("case", line, "")).toBe(line);
  });
});

describe("matrix", () => {
  it("puts each record under its own id, so that what is sent twice is there once", async () => {
    const { requests, url } = await receiver();
    const folder = mkdtempSync(join(tmpdir(), "sipsentry-notify-"));
    closers.push(() => rmSync(folder, { recursive: true }));
    const matrixTokenFile = join(folder, "token");
    writeFileSync(matrixTokenFile, "syt_secret\n");
    const target = `matrix+${new URL(url).origin}/!AbC:example`;
    const changes = { notify: { matrixTokenFile } };
    const [spec] = parseOutputs([target], outputSettings(changes), {}).network;
    if (spec?.kind !== "notify") throw new Error("no output");
    expect(spec.name).not.toContain("syt_secret");
    const sink = new NotifySink(structuredClone(spec.settings));
    await sink.connect();
    const sent = record();
    await sink.send([sent]);
    await sink.close();
    expect(requests).toEqual([
      `PUT /_matrix/client/v3/rooms/!AbC%3Aexample/send/m.room.message/${sent.alertId} Bearer syt_secret`,
    ]);
  });

  it.each(["matrix+https://a.example/%23alias:a", "matrix+https://a.example/"])(
    "%s is no room's id",
    (target) => {
      expect(() => parseOutputs([target], outputSettings(), {})).toThrow(/!AbCdEf:example/);
    },
  );
});

describe("quiet hours", () => {
  it("may go past midnight, and are those of the zone", () => {
    const hours = new QuietHours("22:00-07:00", "Europe/Berlin");
    const at = (hour: number, minute = 0) => hours.isQuiet(Date.UTC(2026, 10, 21, hour, minute));
    expect([at(20, 59), at(21), at(0), at(5, 59), at(6)]).toEqual([false, true, true, true, false]);
    expect(new QuietHours("", "UTC").isQuiet(NIGHT)).toBe(false);
    expect(new QuietHours("09:00-17:00", "UTC").isQuiet(NOON)).toBe(true);
  });

  it.each(["22-07", "25:00-07:00", "nights"])("%s is refused", (text) => {
    expect(() => new QuietHours(text, "UTC")).toThrow(/such as 22:00-07:00/);
  });
});

describe("outputs", () => {
  it("are named without their key, and need what they need", () => {
    const url = "slack+https://hooks.slack.com/services/T00000000/B0000/XXXXXXXXXXXXXXXXXXXXXXXX";
    const { network } = parseOutputs([url], outputSettings(), {});
    expect(network).toMatchObject([{ kind: "notify", settings: { to: { template: "slack" } } }]);
    expect(network[0]?.name).not.toContain("XXXXX");
    const pager = ["pagerduty+https://events.pagerduty.com/v2/enqueue"];
    expect(() => parseOutputs(pager, outputSettings(), {})).toThrow(/notify\.routingKeyFile/);
    const notify = { quiet: "nights" };
    expect(() => parseOutputs([url], outputSettings({ notify }), {})).toThrow(/notify\.quiet/);
    const folder = mkdtempSync(join(tmpdir(), "sipsentry-notify-"));
    closers.push(() => rmSync(folder, { recursive: true }));
    const routingKeyFile = join(folder, "key");
    writeFileSync(routingKeyFile, "abc\n");
    const given = parseOutputs(pager, outputSettings({ notify: { routingKeyFile } }), {});
    expect(given.network).toMatchObject([{ settings: { to: { routingKey: "abc" } } }]);
  });
});
