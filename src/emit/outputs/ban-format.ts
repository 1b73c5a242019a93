import type { Ban } from "./ban-entry.ts";

export type BanFormat = "json" | "nftables" | "fail2ban" | "kamailio";

/** First line of a feed that has comments, by which we know our own file again. */
const MARK = "# sipsentry ban feed";

/** What others named it, for `nft list set inet sipsentry offenders4`. */
const NFT_TABLE = "inet sipsentry";
const NFT_SETS = [
  { name: "offenders4", type: "ipv4_addr", isIn: ({ ip }: Ban) => !ip.includes(":") },
  { name: "offenders6", type: "ipv6_addr", isIn: ({ ip }: Ban) => ip.includes(":") },
] as const;

/** Group of the offenders in Kamailio's address file. */
const KAMAILIO_GROUP = 9_100;

/** The JSON form: a line for each offender. It is also what a restart reads. */
export function jsonLines(bans: readonly Ban[]): string {
  return bans.map((ban) => `${JSON.stringify(ban)}\n`).join("");
}

/**
 * For `nft -f`, any number of times: in one transaction it makes the table and its sets where they are
 * missing, empties them and fills them. Timeouts count from the time the file was written.
 */
export function nftables(bans: readonly Ban[], nowMs: number): string {
  const lines = ["#!/usr/sbin/nft -f", `${MARK}, written ${new Date(nowMs).toISOString()}`];
  lines.push(`table ${NFT_TABLE} {`);
  for (const { name, type } of NFT_SETS) {
    lines.push(`\tset ${name} {`, `\t\ttype ${type}`, "\t\tflags timeout", "\t}");
  }
  lines.push("}");
  for (const { name } of NFT_SETS) lines.push(`flush set ${NFT_TABLE} ${name}`);
  for (const { isIn, name } of NFT_SETS) {
    const elements = bans.filter(isIn).map((ban) => nftElement(ban, nowMs));
    if (elements.length === 0) continue;
    lines.push(`add element ${NFT_TABLE} ${name} {`, elements.join(",\n"), "}");
  }
  return `${lines.join("\n")}\n`;
}

function nftElement({ expires, ip, sid }: Ban, nowMs: number): string {
  const seconds = Math.max(1, Math.ceil((Date.parse(expires) - nowMs) / 1_000));
  return `\t${ip} timeout ${seconds}s comment "sid ${sid}"`;
}

/** Kamailio's `address_file` (module permissions): group, address, prefix length, port, tag. */
export function kamailioAddresses(bans: readonly Ban[], nowMs: number): string {
  const lines = [`${MARK}, written ${new Date(nowMs).toISOString()}`];
  for (const { ip, sid } of bans) {
    // Port 0 is any port.
    lines.push(`${KAMAILIO_GROUP} ${ip} ${ip.includes(":") ? 128 : 32} 0 sid_${sid}`);
  }
  return `${lines.join("\n")}\n`;
}

/** A log line for fail2ban, with the time of the ban, because fail2ban leaves old lines alone. */
export function fail2banLine(ban: Ban, nowMs: number): string {
  const { alert_id, attack, expires, ip, severity, sid, signature } = ban;
  const words = [
    `sid=${sid}`,
    `severity=${severity}`,
    `attack=${attack.replace(/[^\w-]/g, "_") || "-"}`,
    `alert_id=${alert_id}`,
    `expires=${expires}`,
    `signature=${JSON.stringify(signature)}`,
  ];
  return `${new Date(nowMs).toISOString()} sipsentry[ban]: ${ip} ${words.join(" ")}\n`;
}

/** Whether a file that begins so may be written over: one of ours, or an empty one. */
export function isOwnFeed(format: BanFormat, beginning: string): boolean {
  if (beginning.trim() === "") return true;
  switch (format) {
    case "json":
      return /^\{"ip":"[^"]*","first_seen":/.test(beginning);
    case "fail2ban":
      return /^\S{20,30} sipsentry\[ban\]: /.test(beginning);
    case "nftables":
    case "kamailio":
      return beginning.slice(0, 200).includes(MARK);
  }
}
