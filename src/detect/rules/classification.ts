/** One class of classification.config. */
export interface Classification {
  readonly category: string;
  readonly priority: number;
}

interface ConfigProblem {
  readonly line: number;
  readonly text: string;
}

/** Reads `config classification: name,text,priority` lines; others than comments are problems. */
export function parseClassifications(content: string): {
  classes: Map<string, Classification>;
  problems: ConfigProblem[];
} {
  const classes = new Map<string, Classification>();
  const problems: ConfigProblem[] = [];
  for (const [index, raw] of content.split(/\r?\n/).entries()) {
    const text = raw.trim();
    if (text === "" || text.startsWith("#")) continue;
    const match = /^config\s+classification\s*:\s*([^,]+),([^,]*),\s*(\d+)\s*$/.exec(text);
    const priority = Number(match?.[3]);
    if (match === null || priority < 1 || priority > 255) {
      problems.push({
        line: index + 1,
        text: `not a classification: "${text}"; write config classification: name,text,priority`,
      });
      continue;
    }
    // Names are compared without case, and the first definition stands (util-classification-config.c).
    const name = (match[1] as string).trim().toLowerCase();
    if (!classes.has(name)) {
      classes.set(name, { category: (match[2] as string).trim(), priority });
    }
  }
  return { classes, problems };
}

/** Address prefixes of `reference:` types, as in Suricata's reference.config. */
export const REFERENCE_PREFIXES: ReadonlyMap<string, string> = new Map([
  ["url", "http://"],
  ["cve", "http://cve.mitre.org/cgi-bin/cvename.cgi?name="],
  ["bugtraq", "http://www.securityfocus.com/bid/"],
  ["bid", "http://www.securityfocus.com/bid/"],
  ["nessus", "http://cgi.nessus.org/plugins/dump.php3?id="],
  ["arachnids", "http://www.whitehats.com/info/IDS"],
  ["mcafee", "http://vil.nai.com/vil/content/v_"],
  ["osvdb", "http://osvdb.org/show/osvdb/"],
  ["et", "http://doc.emergingthreats.net/"],
  ["etpro", "http://doc.emergingthreatspro.com/"],
  ["exploitdb", "http://www.exploit-db.com/exploits/"],
  ["openpacket", "https://www.openpacket.org/capture/grab/"],
  ["securitytracker", "http://www.securitytracker.com/id?"],
  ["secunia", "http://secunia.com/advisories/"],
  ["xforce", "http://xforce.iss.net/xforce/xfdb/"],
  ["msft", "http://technet.microsoft.com/security/bulletin/"],
  ["md5", "http://www.threatexpert.com/report.aspx?md5="],
  ["rfc", "https://www.rfc-editor.org/rfc/rfc"],
  ["mitre", "https://attack.mitre.org/techniques/"],
]);

/** Adds the `config reference: name prefix` lines of a reference.config to the known prefixes. */
export function parseReferences(content: string): {
  prefixes: Map<string, string>;
  problems: ConfigProblem[];
} {
  const prefixes = new Map(REFERENCE_PREFIXES);
  const problems: ConfigProblem[] = [];
  for (const [index, raw] of content.split(/\r?\n/).entries()) {
    const text = raw.trim();
    if (text === "" || text.startsWith("#")) continue;
    const match = /^config\s+reference\s*:\s*(\S+)\s+(\S+)$/.exec(text);
    if (match === null) {
      problems.push({
        line: index + 1,
        text: `not a reference: "${text}"; write config reference: name prefix`,
      });
      continue;
    }
    prefixes.set((match[1] as string).toLowerCase(), match[2] as string);
  }
  return { prefixes, problems };
}
