import { RuleError } from "./load-message.ts";
import type { Token } from "./rule-lexer.ts";

/** Values of `$NAME` in rule headers (Suricata `vars.address-groups` and `vars.port-groups`). */
export interface RuleVariables {
  readonly addresses: Readonly<Record<string, string>>;
  readonly ports: Readonly<Record<string, string>>;
}

/**
 * Suricata's defaults, with the unique local addresses of IPv6 (RFC 4193) beside RFC 1918: else no
 * IPv6 host would ever be inside or outside.
 */
export const DEFAULT_VARIABLES: RuleVariables = {
  addresses: {
    HOME_NET: "[192.168.0.0/16,10.0.0.0/8,172.16.0.0/12,fc00::/7]",
    EXTERNAL_NET: "!$HOME_NET",
    SIP_SERVERS: "$HOME_NET",
    HTTP_SERVERS: "$HOME_NET",
    SMTP_SERVERS: "$HOME_NET",
    SQL_SERVERS: "$HOME_NET",
    DNS_SERVERS: "$HOME_NET",
    TELNET_SERVERS: "$HOME_NET",
    SIP_TRUSTED_NET: "$HOME_NET",
  },
  ports: {
    SIP_PORTS: "[5060,5061]",
    HTTP_PORTS: "80",
    SHELLCODE_PORTS: "!80",
    SSH_PORTS: "22",
  },
};

/** Nesting of lists and variables, as Suricata's limit. */
export const NESTING_MAX = 64;

/** Looks up `$NAME`; `open` holds the variables being resolved, to find loops. */
export function resolveVariable(
  values: Readonly<Record<string, string>>,
  kind: "address" | "port",
  token: Token,
  open: readonly string[],
): string {
  const name = token.text.slice(1);
  if (open.includes(name)) {
    throw new RuleError(`variable "$${name}" refers to itself`, token.at);
  }
  const value = Object.hasOwn(values, name) ? values[name]?.trim() : undefined;
  if (value === undefined) {
    throw new RuleError(
      `variable "$${name}" is not defined; add it to the ${kind} variables of the configuration`,
      token.at,
    );
  }
  if (value === "") throw new RuleError(`variable "$${name}" is empty`, token.at);
  return value;
}
