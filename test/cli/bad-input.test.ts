import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUILT_MAIN } from "../support/build-program.ts";
import { PCAPS } from "../support/bundled-captures.ts";
import { type CliResult, OPTIONS_RULE, optionsPacket, pcapFile, ROOT, sipsentry } from "./cli.ts";

const CALL = join(PCAPS, "bye_spoof/bye_third_party_to_callee.pcap");

let folder = "";
const at = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sipsentry-bad-input-"));
  chmodSync(folder, 0o755);
  const packets = [1, 2, 3].map(optionsPacket);
  writeFileSync(at("good.pcap"), pcapFile(packets));
  writeFileSync(at("truncated.pcap"), pcapFile(packets, 100));
  writeFileSync(at("empty.pcap"), "");
  writeFileSync(at("text.pcap"), "This is not a capture, it is a letter.\n".repeat(10));
  writeFileSync(at("locked.pcap"), pcapFile(packets));
  chmodSync(at("locked.pcap"), 0o000);
  mkdirSync(at("nothing"));
  writeFileSync(at("good.rules"), OPTIONS_RULE);
  writeFileSync(
    at("typo.rules"),
    `# one good, one bad\n${OPTIONS_RULE}alert udp any any => any 5060 msg:"x"; sid:2;)\n`,
  );
  writeFileSync(
    at("keyword.rules"),
    'alert udp any any -> any 5060 (msg:"x"; contnet:"a"; sid:2;)\n',
  );
  writeFileSync(at("bad.yaml"), "limits:\n  flowMax: 3\n");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** No stack trace, no colour, nothing but lines of ours, and exactly one that matches. */
function expectOneLine({ stderr }: CliResult, line: RegExp): void {
  expect(stderr).not.toMatch(/^\s+at |node:internal|\x1b/m);
  for (const said of stderr.trimEnd().split("\n")) expect(said).toMatch(/^sipsentry: /);
  expect(
    stderr.split("\n").filter((said) => line.test(said)),
    stderr,
  ).toHaveLength(1);
}

const QUIET = ["--quiet"];
/** One alert for each packet. */
const UNFOLDED = ["--set", "incidents.fold=false"];

describe("an input that cannot be read ends with exit code 1 and one line", () => {
  it.each([
    ["an empty file", "empty.pcap", /empty\.pcap: .*(empty|no data)/],
    ["a text file", "text.pcap", /text\.pcap: .*(not a capture|no capture)/],
    ["a file that does not exist", "missing.pcap", /missing\.pcap: no such file/],
    ["a path below a file", "good.pcap/x", /good\.pcap\/x: /],
    ["a folder without captures", "nothing", /nothing: .*no capture/],
  ])("%s", async (_, name, line) => {
    const result = await sipsentry(["replay", at(name), ...QUIET]);
    expectOneLine(result, line);
    expect(result.stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(result.stdout).toBe("");
    expect(result.exitCode).toBe(1);
  });

  const uid = process.getuid?.() === 0 ? 65_534 : undefined;
  const mayRun = uid === undefined || spawnSync("ls", [join(ROOT, "src")], { uid }).status === 0;
  it.skipIf(!mayRun)(
    "a file without read permission (skipped when the project is closed to other users)",
    async () => {
      const result = await sipsentry(
        ["replay", at("locked.pcap"), ...QUIET],
        uid === undefined ? {} : { uid },
      );
      expectOneLine(result, /locked\.pcap: no permission/);
      expect(result.exitCode).toBe(1);
    },
  );

  it("a truncated capture, whose whole packets still count and whose alerts are written", async () => {
    const eve = at("truncated.json");
    const result = await sipsentry([
      "replay",
      at("truncated.pcap"),
      "--rules",
      at("good.rules"),
      "--eve",
      eve,
      "--json",
      ...QUIET,
      ...UNFOLDED,
    ]);
    expectOneLine(result, /truncated\.pcap: .*packet 3/);
    expect(result.exitCode).toBe(1);
    expect(JSON.parse(result.stdout)).toMatchObject({
      packets: { total: 2 },
      alerts: { total: 2 },
    });
    const types = readFileSync(eve, "utf8").match(/"event_type":"\w+"/g);
    expect(types).toEqual([
      '"event_type":"alert"',
      '"event_type":"alert"',
      '"event_type":"incident"',
    ]);
  });

  it("one bad input among good ones does not keep the good ones from being read", async () => {
    const result = await sipsentry([
      "replay",
      at("text.pcap"),
      at("good.pcap"),
      "--json",
      ...QUIET,
    ]);
    expectOneLine(result, /text\.pcap/);
    expect(JSON.parse(result.stdout).packets.total).toBe(3);
    expect(result.exitCode).toBe(1);
  });
});

describe("where no rule can be loaded, nothing is run and the exit code is 78", () => {
  it.each([
    [
      "an unknown keyword in the only rule",
      ["--rules", "keyword.rules"],
      /keyword\.rules:1:\d+: .*contnet.*Did you mean "content"\?/,
    ],
    [
      "a rule file that does not exist",
      ["--rules", "missing.rules"],
      /missing\.rules: no such file/,
    ],
    ["a capture", ["--config", "good.pcap"], /good\.pcap: not a text; give a YAML file/],
    ["a folder without rules", ["--rules", "nothing"], /nothing\/\*\.rules: no such file/],
    [
      "a rate deck that does not exist",
      ["--rates", "no.csv"],
      /cannot read .*no\.csv: no such file$/,
    ],
  ])("%s", async (_, [option = "", name = ""], line) => {
    const result = await sipsentry(["replay", at("good.pcap"), option, at(name), ...QUIET]);
    expectOneLine(result, line);
    expect(result.stdout).toBe("");
    expect(result.exitCode).toBe(78);
  });

  it("a file that is missing beside a good one", async () => {
    const rules = ["--rules", at("good.rules"), "--rules", at("missing.rules")];
    const result = await sipsentry(["replay", at("good.pcap"), ...rules, ...QUIET]);
    expectOneLine(result, /missing\.rules: no such file/);
    expect(result.exitCode).toBe(78);
  });

  it("config check takes any fault of a rule for one", async () => {
    const result = await sipsentry(["config", "check", "--rules", at("typo.rules"), ...QUIET]);
    expectOneLine(result, /typo\.rules:3:\d+: /);
    expect(result.exitCode).toBe(78);
  });

  it("rules check exits 1 as Suricata does, with the rule's text and Suricata's last lines", async () => {
    const result = await sipsentry(["rules", "check", at("typo.rules"), at("good.rules")]);
    expect(result.stdout).toMatch(/Error: detect: .*typo\.rules:3:/);
    expect(result.stdout).toMatch(/error parsing signature ".*" from file .*typo\.rules at line 3/);
    expect(result.stdout).toMatch(/Loading signatures failed\.\n$/);
    expect(result.stderr).toBe("");
    expect(result.exitCode).toBe(1);
  });
});

describe("somebody's whole rule file", () => {
  /** What a site's suricata.rules holds beside its SIP rules. */
  const MIXED = [
    'alert dns any any -> any any (msg:"dns"; dns.query; content:"x"; sid:11;)',
    'alert http any any -> any any (msg:"http"; http.method; content:"GET"; sid:12;)',
    'alert tcp any any -> any any (msg:"fragments"; fragbits:M; sid:13;)',
    'alert icmp any any -> any any (msg:"icmp"; icmpv4.hdr; content:"x"; sid:14;)',
    'alert udp any any -> any any (msg:"reference to what was matched"; pcre:"/(a)\\1/"; sid:15;)',
    'alert udp any any -> any [5060,!5060] (msg:"leaves nothing"; content:"a"; sid:16;)',
    'alert udp $NOBODY any -> any any (msg:"no such variable"; content:"a"; sid:17;)',
    OPTIONS_RULE.trimEnd(),
    OPTIONS_RULE.trimEnd(),
    'alert sip any any -> any any (msg:"method"; sip.method; content:"OPTIONS"; sid:1000002;)',
    "this is no rule at all",
    "",
  ].join("\n");

  it("runs its good rules, names and counts the others", async () => {
    writeFileSync(at("mixed.rules"), MIXED);
    const result = await sipsentry([
      "replay",
      at("good.pcap"),
      "--rules",
      at("mixed.rules"),
      "--json",
      ...QUIET,
      ...UNFOLDED,
    ]);
    expect(result.exitCode).toBe(0);
    const summary = JSON.parse(result.stdout);
    expect(summary).toMatchObject({ rules_loaded: 2, rules_failed: 7, alerts: { total: 6 } });
    const lines = result.stderr.trimEnd().split("\n");
    expect(lines.pop()).toMatch(/7 of 9 rules cannot be loaded and are left out, the others run/);
    const named = lines.map((line) => /mixed\.rules:(\d+):\d+: (?:sid (\d+): )?\S/.exec(line));
    expect(named.map((match) => `${match?.[1]} ${match?.[2] ?? ""}`.trim())).toEqual([
      "3 13",
      "4 14",
      "5 15",
      "6 16",
      "7 17",
      "9 1000001",
      "11",
    ]);
  });

  it("counts the rules about what is not decoded, which are no fault", async () => {
    const result = await sipsentry(["replay", at("good.pcap"), "--rules", at("mixed.rules")]);
    expect(result.stderr).toMatch(/^sipsentry: 2 rules are skipped, as they are about protocols/m);
    expect(result.exitCode).toBe(0);
  });

  it("with thousands of rules for others says the first faults and how many more there are", async () => {
    const foreign = Array.from(
      { length: 5_000 },
      (_, i) => `alert tcp any any -> any any (msg:"other"; fragbits:M; sid:${2_000_000 + i};)`,
    );
    writeFileSync(at("large.rules"), [...foreign, OPTIONS_RULE].join("\n"));
    const result = await sipsentry([
      "replay",
      at("good.pcap"),
      "--rules",
      at("large.rules"),
      ...QUIET,
    ]);
    expect(result.exitCode).toBe(0);
    const lines = result.stderr.trimEnd().split("\n");
    expect(lines).toHaveLength(12);
    expect(lines[10]).toMatch(/4990 more faults in the rules; see sipsentry rules check/);
    expect(lines[11]).toMatch(/5000 of 5001 rules cannot be loaded/);
  });

  it("leaves out bad lines of threshold.config, too", async () => {
    writeFileSync(
      at("threshold.config"),
      "suppress gen_id 1, sig_id\nsuppress gen_id 1, sig_id 1000001\n",
    );
    const threshold = `rules.threshold=${at("threshold.config")}`;
    const result = await sipsentry([
      ...["replay", at("good.pcap"), "--rules", at("good.rules"), "--set", threshold],
      ...["--json", ...QUIET],
    ]);
    expect(result.exitCode).toBe(0);
    expect(result.stderr).toMatch(/threshold\.config:1/);
    expect(JSON.parse(result.stdout).alerts.total).toBe(0);
  });
});

describe("a configuration that cannot be used ends with exit code 78", () => {
  it.each([
    [
      "a file that does not exist",
      ["--config", "missing.yaml"],
      /missing\.yaml: no such file; give an existing YAML file/,
    ],
    [
      "an unknown option in a file",
      ["--config", "bad.yaml"],
      /bad\.yaml:2:3: unknown option "limits\.flowMax"\. Did you mean "limits\.flowsMax"\?/,
    ],
  ])("%s", async (_, [option = "", name = ""], line) => {
    const result = await sipsentry(["replay", at("good.pcap"), option, at(name), ...QUIET]);
    expectOneLine(result, line);
    expect(result.exitCode).toBe(78);
  });

  it("a file of another kind says the first faults and how many more there are", async () => {
    writeFileSync(at("eve.json"), '{"event_type":"alert"}\n'.repeat(500));
    const result = await sipsentry(["replay", at("good.pcap"), "--config", at("eve.json")]);
    expect(result.exitCode).toBe(78);
    const lines = result.stderr.trimEnd().split("\n");
    expect(lines).toHaveLength(6);
    expect(lines[0]).toMatch(/eve\.json:2:1: /);
    expect(lines[5]).toMatch(/eve\.json: \d+ more faults behind these; is it a YAML file\?$/);
  });

  it("an unknown option in --set", async () => {
    const result = await sipsentry(["config", "check", "--set", "limits.flowMax=1"]);
    expectOneLine(result, /--set limits\.flowMax=1: unknown option .*Did you mean/);
    expect(result.exitCode).toBe(78);
  });

  it.each([
    ['outputs=["kafkaa://b:9092"]', /outputs: .*kafkaa.*Did you mean "kafka:\/\/"/],
    [
      'outputs=["kafka://b:9092"] kafka.saslMechanism=plain kafka.saslUsername=u kafka.saslPasswordFile=/no/such',
      /kafka.*\/no\/such/,
    ],
    ["privacy.users=hash", /privacy: hash needs a key file \(privacy\.hashKeyFile\)/],
    ["metrics.listen=localhost", /metrics\.listen: "localhost" is no HOST:PORT/],
  ])("what only a run would meet: %s", async (set, line) => {
    const sets = set.split(" ").flatMap((value) => ["--set", value]);
    const result = await sipsentry(["config", "check", ...sets]);
    expectOneLine(result, line);
    expect(result.exitCode).toBe(78);
  });
});

describe("a command line that makes no sense ends with exit code 2 and one line with a hint", () => {
  it.each([
    [
      "an unknown option",
      ["replay", "x", "--evee", "y"],
      /unknown option '--evee'\. Did you mean --eve\? See sipsentry replay --help/,
    ],
    [
      "an empty path, as of a variable that the shell did not know",
      ["replay", "x", "--evidence", ""],
      /option '--evidence <folder>' argument '' is invalid\. Expected a folder\. See sipsentry replay/,
    ],
    [
      "an empty path among others",
      ["replay", "x", "--rules", "a.rules", "--rules", ""],
      /option '--rules <file>' argument '' is invalid\. Expected a file name\. See sipsentry replay/,
    ],
    [
      "help of an unknown command",
      ["help", "replai"],
      /^sipsentry: unknown command 'replai'\. Did you mean replay\? See sipsentry --help$/,
    ],
    [
      "help of an unknown command below another",
      ["help", "rules", "chek"],
      /^sipsentry: unknown command 'chek'\. Did you mean check\? See sipsentry rules --help$/,
    ],
    [
      "an unknown command",
      ["replai"],
      /unknown command 'replai'\. Did you mean replay\? See sipsentry --help/,
    ],
    [
      "an unknown subcommand",
      ["rules", "chek"],
      /unknown command 'chek'\. Did you mean check\? See sipsentry rules --help/,
    ],
    [
      "a subcommand without what it needs",
      ["export", "stix", "x"],
      /required option '--eve <file>' not specified\. See sipsentry export stix --help/,
    ],
    [
      "a file in the place of a command",
      ["README.md"],
      /unknown command 'README\.md'\. Did you mean sipsentry replay README\.md\? See/,
    ],
    [
      "a source that is no whole address",
      ["calls", "x", "--source", "192.0.2"],
      /'192\.0\.2' is invalid\. Expected an address such as/,
    ],
    [
      "a capture in the place of an EVE file",
      ["explain", "abcdef", "--eve", CALL],
      /--eve: .*callee\.pcap is a capture or compressed; give a file of EVE JSON lines/,
    ],
    ["no input", ["replay"], /missing required argument 'capture'\. See sipsentry replay --help/],
    [
      "a severity that is no number",
      ["replay", "x", "--fail-on", "high"],
      /'high' is invalid\. Expected a whole number/,
    ],
    [
      "an unknown type of record",
      ["replay", "x", "--eve", "y", "--eve-types", "alrt"],
      /"alrt" is not a type of record\. Did you mean "alert"\?/,
    ],
    [
      "two results for standard output",
      ["replay", "x", "--eve", "-", "--json"],
      /--eve - and --json both want standard output; give --eve a file/,
    ],
    [
      "types without a place for them",
      ["replay", "x", "--eve-types", "sip"],
      /--eve-types needs --eve/,
    ],
    [
      "a golden file that does not exist",
      ["replay", "x", "--expect", "no.json"],
      /no\.json does not exist; make it with: sipsentry replay x --eve no\.json/,
    ],
  ])("%s", async (_, args, line) => {
    const result = await sipsentry([...args, ...(args[0] === "replay" ? QUIET : [])]);
    expectOneLine(result, line);
    expect(result.stdout).toBe("");
    expect(result.exitCode).toBe(2);
  });

  it("no command at all shows the help", async () => {
    const result = await sipsentry([]);
    expect(result.stderr).toMatch(/^Usage: sipsentry/);
    expect(result.exitCode).toBe(2);
  });
});

it("an address for capture agents that is none is one line", async () => {
  const result = await sipsentry(["live", "--hep", "9060"]);
  expectOneLine(result, /--hep "9060": not HOST:PORT, as 0\.0\.0\.0:9060/);
  expect(result.exitCode).toBe(2);
});

describe("an interface that cannot be captured on is one line with the cure", () => {
  it("an unknown one, for root; for others the missing permission; for nobody without a backend", async () => {
    const result = await sipsentry(["live", "-i", "no-such-if0", ...QUIET]);
    expectOneLine(
      result,
      /no-such-if0: no such interface; there are: .*lo|no permission to capture: run it with sudo|apt-get install/,
    );
    expect(result.stdout).toBe("");
    expect([1, 2, 77]).toContain(result.exitCode);
    if (/no such interface/.test(result.stderr)) expect(result.exitCode).toBe(2);
    if (/no permission/.test(result.stderr)) expect(result.exitCode).toBe(77);
  });

  it("none at all", async () => {
    const result = await sipsentry(["live"]);
    expectOneLine(result, /nothing to watch: name an interface with -i, or .* with --hep/);
    expect(result.exitCode).toBe(2);
  });
});

describe("what is looked at but says nothing is told in one line", () => {
  it("a selection that no packet passes", async () => {
    const result = await sipsentry(["replay", at("good.pcap"), "--from", "2099-01-01"]);
    expectOneLine(result, /nothing was looked at: none of the 3 packets passes --from$/);
    expect(result.exitCode).toBe(0);
  });

  it("a link type that is not decoded", async () => {
    const bytes = readFileSync(at("good.pcap"));
    bytes.writeUInt32LE(200, 20);
    writeFileSync(at("odd-link.pcap"), bytes);
    const result = await sipsentry(["replay", at("odd-link.pcap")]);
    expectOneLine(result, /3 packets have a link type that is not decoded/);
  });
});

describe("an output that cannot be written ends with exit code 1 and one line", () => {
  it("a folder that does not exist", async () => {
    const result = await sipsentry([
      "replay",
      at("good.pcap"),
      "--eve",
      at("no/eve.json"),
      ...QUIET,
    ]);
    expectOneLine(result, /--eve: cannot write .*no\/eve\.json: no such folder; make it first/);
    expect(result.exitCode).toBe(1);
  });

  it.each([
    ["replay", "--report"],
    ["replay", "--junit"],
    ["tune", "--write"],
  ])("%s %s in such a folder, before the captures are read", async (command, option) => {
    const result = await sipsentry([command, at("good.pcap"), option, at("no/file")]);
    expectOneLine(result, new RegExp(`${option}: cannot write .*no/file: no such folder; make it`));
    expect(result).toMatchObject({ exitCode: 1, stdout: "" });
  });

  it.each([["replay"], ["calls"]])("the standard output of %s", async (command) => {
    const args = [BUILT_MAIN, command, CALL, ...QUIET, ...(command === "replay" ? ["--json"] : [])];
    const full = openSync("/dev/full", "w");
    const { status, stderr } = spawnSync(process.execPath, args, {
      stdio: ["ignore", full, "pipe"],
      encoding: "utf8",
    });
    closeSync(full);
    expectOneLine(
      { exitCode: status, stdout: "", stderr },
      /cannot write standard output: no space/,
    );
    expect(status).toBe(1);
  });

  it("a capture, which is not overwritten", async () => {
    const before = readFileSync(at("good.pcap"));
    const result = await sipsentry(["replay", at("good.pcap"), "--eve", at("good.pcap"), ...QUIET]);
    expectOneLine(result, /good\.pcap: it is a capture/);
    expect(readFileSync(at("good.pcap"))).toEqual(before);
    expect(result.exitCode).toBe(1);
  });

  it("a full disk, and what was found is still in the summary", async () => {
    const result = await sipsentry([
      "replay",
      at("good.pcap"),
      "--rules",
      at("good.rules"),
      "--eve",
      "/dev/full",
      "--json",
      ...QUIET,
      ...UNFOLDED,
    ]);
    expectOneLine(result, /cannot write \/dev\/full: no space left on the device; make room/);
    expect(JSON.parse(result.stdout)).toMatchObject({
      alerts: { total: 3 },
      outputs: [{ name: "/dev/full", written: 0, dropped: 4 }],
    });
    expect(result.exitCode).toBe(1);
  });

  it("evidence that cannot be written: the run goes on, and says so at its end", async () => {
    const evidence = at("evidence");
    const args = ["replay", at("good.pcap"), "--rules", at("good.rules")];
    args.push("--evidence", evidence, "--json", ...QUIET);
    expect((await sipsentry(args)).exitCode).toBe(0);
    const files = readdirSync(evidence);
    expect(files.length).toBeGreaterThan(0);
    for (const name of files) {
      rmSync(join(evidence, name));
      mkdirSync(join(evidence, name));
    }
    const result = await sipsentry(args);
    expectOneLine(result, /cannot write evidence to .*: it is a folder; remove it/);
    expect(JSON.parse(result.stdout)).toMatchObject({
      problems: [expect.stringMatching(/^cannot write evidence to /)],
    });
    expect(result.exitCode).toBe(1);
  });
});
