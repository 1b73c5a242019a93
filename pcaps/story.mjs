import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The end of `npm run demo`: one attack of the captures, told from its alerts, and what to try next. */
const CAPTURE = "pcaps/mixed/enum_and_bruteforce_during_office_traffic.pcap.gz";

const root = fileURLToPath(new URL("..", import.meta.url));
const { stdout, status } = spawnSync(
  process.execPath,
  ["dist/main.js", "replay", CAPTURE, "--eve", "-", "--quiet"],
  { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 },
);
const alerts = stdout
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line))
  .filter(({ event_type: type, alert }) => type === "alert" && alert.severity <= 3);
if (status !== 0 || alerts.length === 0) throw new Error(`${CAPTURE} tells no story`);

const lines = alerts.map((alert) => {
  const { severity, signature } = alert.alert;
  const [decisive] = (alert.evidence ?? []).filter(
    ({ expected, seen }) => expected && /\d/.test(seen),
  );
  const numbers = decisive === undefined ? "" : `\n           ${decisive.what}: ${decisive.seen}`;
  return `${alert.timestamp.slice(11, 19)}  ${severity}  ${signature}, packet ${alert.pcap_cnt}${numbers}`;
});
const last = alerts.at(-1);
const isIn = alerts.some(({ voip }) => voip.event === "sip.auth_ok");
const story = `
One attack of these, from its alerts: ${CAPTURE}
An office telephones; ${last.src_ip} looks for extensions, guesses at the password of ${last.voip.account}${isIn ? ", and gets in" : ""}.

${lines.join("\n")}

Try next:
  node dist/main.js replay ${CAPTURE}
  node dist/main.js rules explain ${last.alert.signature_id}
  node dist/main.js replay your.pcap --eve alerts.json --evidence evidence/
`;
process.stdout.write(story);
