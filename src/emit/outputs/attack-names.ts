/** Names that MITRE ATT&CK (Enterprise, version 16) gives to what our rules' metadata name. */
const NAMES: Readonly<Record<string, string>> = {
  TA0001: "Initial Access",
  TA0003: "Persistence",
  TA0006: "Credential Access",
  TA0007: "Discovery",
  TA0009: "Collection",
  TA0040: "Impact",
  TA0043: "Reconnaissance",
  TA0005: "Defense Evasion",
  TA0008: "Lateral Movement",
  TA0010: "Exfiltration",
  TA0011: "Command and Control",
  T1040: "Network Sniffing",
  T1048: "Exfiltration Over Alternative Protocol",
  T1071: "Application Layer Protocol",
  T1078: "Valid Accounts",
  T1087: "Account Discovery",
  T1098: "Account Manipulation",
  T1110: "Brute Force",
  "T1110.001": "Password Guessing",
  "T1110.003": "Password Spraying",
  "T1110.004": "Credential Stuffing",
  T1187: "Forced Authentication",
  T1190: "Exploit Public-Facing Application",
  T1496: "Resource Hijacking",
  T1498: "Network Denial of Service",
  "T1498.001": "Direct Network Flood",
  "T1498.002": "Reflection Amplification",
  T1499: "Endpoint Denial of Service",
  "T1499.002": "Service Exhaustion Flood",
  "T1499.003": "Application Exhaustion Flood",
  T1557: "Adversary-in-the-Middle",
  "T1557.002": "ARP Cache Poisoning",
  T1565: "Data Manipulation",
  "T1565.002": "Transmitted Data Manipulation",
  T1566: "Phishing",
  T1589: "Gather Victim Identity Information",
  T1595: "Active Scanning",
  "T1595.001": "Scanning IP Blocks",
  "T1595.002": "Vulnerability Scanning",
  T1001: "Data Obfuscation",
  "T1001.002": "Steganography",
  "T1001.003": "Protocol or Service Impersonation",
  T1090: "Proxy",
  T1531: "Account Access Removal",
  "T1562.010": "Downgrade Attack",
  "T1590.002": "DNS",
  "T1598.004": "Spearphishing Voice",
  T1656: "Impersonation",
};

/** Undefined when we have no name for it. */
export function attackName(id: string): string | undefined {
  return Object.hasOwn(NAMES, id) ? NAMES[id] : undefined;
}

const SITE = "https://attack.mitre.org";

/** The page of a tactic (`TA0006`), a technique (`T1110`) or a sub-technique (`T1110.001`). */
export function attackPage(id: string): string {
  const folder = id.startsWith("TA") ? "tactics" : "techniques";
  return `${SITE}/${folder}/${id.replace(".", "/")}/`;
}
