import type { Command } from "commander";

/** Command lines that people start from, by command; `--help`, the man page and its examples come from here. */
export const EXAMPLES: Readonly<
  Record<string, readonly (readonly [line: string, what: string])[]>
> = {
  sipsentry: [
    ["sipsentry replay call.pcap", "what a capture holds"],
    ["sudo sipsentry live -i eth1", "watch a mirror port"],
    ["sipsentry rules explain 9101001", "what an alert means"],
  ],
  "sipsentry replay": [
    [
      "sipsentry replay captures/ --eve alerts.json",
      "a folder in time order, alerts as EVE JSON lines",
    ],
    ["sipsentry replay --each captures/", "captures that have nothing to do with each other"],
    [
      "sipsentry replay call.pcap --eve - --quiet | jq .alert.signature",
      "alerts for another program",
    ],
    [
      "sipsentry replay day.pcap --bpf 'host 192.0.2.7' --from 2026-11-21T03:00:00",
      "a part of a capture",
    ],
    [
      "sipsentry replay call.pcap --quiet --fail-on 2",
      "in CI: exit 3 after an alert of severity 1 or 2",
    ],
    ["ssh probe tcpdump -w - udp | sipsentry replay -", "standard input"],
  ],
  "sipsentry tune": [
    ["sipsentry tune monday.pcap", "how close a healthy day comes to each rule"],
    [
      "sipsentry tune captures/ --margin 3 --write threshold.config",
      "raise what is closer than a third",
    ],
    [
      "sipsentry tune --eve /var/log/sipsentry/eve.json",
      "what fired on a sensor that runs already",
    ],
  ],
  "sipsentry live": [
    ["sudo sipsentry live -i eth1 --eve /var/log/sipsentry/eve.json", "alerts to a file"],
    [
      "sudo sipsentry live -i eth1 --bpf 'udp' --kafka broker1:9092,broker2:9092",
      "alerts to Kafka",
    ],
    [
      "sudo sipsentry live -i eth1 --evidence /var/lib/sipsentry/evidence",
      "keep the packets behind alerts",
    ],
  ],
  "sipsentry calls": [
    ["sipsentry calls night.pcap --account 6011", "what a stolen account was used for"],
    ["sipsentry calls day.pcap --number '+960*' --csv > calls.csv", "for a spreadsheet"],
    ["sipsentry calls day.pcap --failed --source 192.0.2.0/24", "who cannot call, and why"],
    ["sipsentry calls day.pcap --json | jq .call.dialled", "for another program"],
  ],
  "sipsentry ladder": [
    [
      "sipsentry ladder night.pcap 1-32240@10.77.3.140",
      "a call, with the Call-ID that calls shows",
    ],
    ["sipsentry ladder night.pcap 1-32240@10.77.3.140 --message 3", "its third message, whole"],
  ],
  "sipsentry explain": [
    ["sipsentry explain 3f2a9c41 --eve eve.json", "an alert, by the beginning of its alert_id"],
    [
      "sipsentry explain 3f2a9c41 --eve eve.json --pcap night.pcap",
      "with the messages of its call",
    ],
  ],
  "sipsentry export": [
    ["sipsentry export stix e7ef3338 --eve eve.json", "a case for a threat intelligence platform"],
  ],
  "sipsentry export stix": [
    [
      "sipsentry export stix e7ef3338 --eve eve.json --tlp green > case.json",
      "a case, by the beginning of its id",
    ],
  ],
  "sipsentry watch": [
    ["sipsentry watch night.pcap", "the calls and cases of a capture, with ladders"],
    [
      "sipsentry watch --eve /var/log/sipsentry/eve.json",
      "a running sensor that writes --eve-types call",
    ],
  ],
  "sipsentry stats": [
    ["sipsentry stats --watch 5", "a running sensor, with rates"],
    ["sipsentry stats --json | jq .alerts", "for another program"],
  ],
  "sipsentry rules": [["sipsentry rules check my.rules", "what is wrong with a rule file"]],
  "sipsentry rules check": [
    ["sipsentry rules check", "the shipped rules"],
    ["sipsentry rules check --rules /etc/suricata/rules", "a folder"],
  ],
  "sipsentry plan": [["sipsentry plan explain 0088216123456789", "what a number is read as"]],
  "sipsentry plan explain": [
    [
      "sipsentry plan explain 0088216123456789 '*67 011 252 61 2345678'",
      "what a number is read as",
    ],
    [
      "sipsentry plan explain --set numbers.country=DE 00882161234567",
      "the same where a plan is declared",
    ],
  ],
  "sipsentry rules explain": [["sipsentry rules explain 9102005", "a rule in words"]],
  "sipsentry config": [["sipsentry config check --print-options", "every option with its default"]],
  "sipsentry config check": [
    ["sipsentry config check --config /etc/sipsentry.yaml", "what is wrong with a file"],
    ["sipsentry config check --print-options", "every option with its default and meaning"],
  ],
  "sipsentry completion": [
    ["sipsentry completion bash > /etc/bash_completion.d/sipsentry", "for all users"],
    ["source <(sipsentry completion bash)", "for this shell"],
    ["sipsentry completion fish > ~/.config/fish/completions/sipsentry.fish", "for fish"],
  ],
  "sipsentry man": [["sipsentry man | man -l -", "read it"]],
};

/** `sipsentry rules check`. */
export function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** Adds the examples of this command and all below to their `--help`. */
export function addExamples(command: Command): void {
  const examples = EXAMPLES[pathOf(command)] ?? [];
  if (examples.length > 0) {
    const lines = examples.map(([line, what]) => `  ${line}\n      ${what}`);
    command.addHelpText("after", `\nExamples:\n${lines.join("\n")}`);
  }
  for (const below of command.commands) addExamples(below);
}
