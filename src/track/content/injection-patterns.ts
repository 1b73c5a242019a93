/** A text that means something to a database, a shell or a browser behind the SIP server, and nothing to SIP. */
export interface InjectionPattern {
  readonly name: string;
  /** On decoded, lower-case text. Every repetition is bounded, so that matching is linear in the text. */
  readonly pattern: RegExp;
  readonly example: string;
}

/** Stands for an escaped CR or LF: what is between header fields is none. */
export const ESCAPED_LINE_END = 0x01;

export const INJECTION_PATTERNS: readonly InjectionPattern[] = [
  {
    name: "SQL condition",
    pattern:
      /['"`]\s{0,8}\)?\s{0,8}(or|and|xor|\|\||&&)(\s{1,8}\(?\s{0,4}|(?=['"(]))['"(]?\w{0,16}['")]?\s{0,4}(=|<|>|like\b|is\b|in\b|between\b|regexp\b|rlike\b)/,
    example: "100' or 1=1",
  },
  {
    name: "SQL condition on numbers",
    pattern:
      /\b\d{1,16}\s{0,4}\)?\s{1,8}(or|and|xor)\s{1,8}\(?\s{0,4}\d{1,16}\s{0,4}(=|<|>)\s{0,4}\d/,
    example: "100 or 1=1",
  },
  {
    name: "SQL union",
    pattern:
      /\bunion\s{1,8}(all\s{1,8}|distinct\s{1,8})?\(?\s{0,8}select\s{1,8}(\d|['"@(*]|null\b|[\w.]{1,32}\s{0,4}(,|\(|from\b))/,
    example: "1 union select 2",
  },
  {
    name: "SQL statement",
    pattern:
      /;\s{0,8}(drop\s{1,8}(table|database)|delete\s{1,8}from|insert\s{1,8}into|update\s{1,8}\w{1,32}\s{1,8}set|truncate\s{1,8}table|alter\s{1,8}table|exec(ute)?\s{1,8}\w{1,32}|select\s{1,8}[^;]{1,64}\sfrom)\b/,
    example: "1; drop table sip",
  },
  { name: "SQL comment", pattern: /'\s{0,8}\)?\s{0,8}(--|#|\/\*|;)/, example: "admin'--" },
  {
    name: "SQL function",
    pattern:
      /\b(sleep|benchmark)\s{0,4}\(\s{0,4}\(?\d|\b(pg_sleep|load_file|extractvalue|updatexml|xp_cmdshell|group_concat|dbms_pipe\.receive_message)\s{0,4}\(|\bwaitfor\s{1,8}delay\b|\binto\s{1,8}(out|dump)file\b/,
    example: "1 and sleep(5)",
  },
  {
    name: "query operator",
    pattern: /[[{]\s{0,4}["']?\$(ne|eq|gte?|lte?|n?in|n?or|and|not|regex|where|exists)\b/,
    example: '{"$ne":1}',
  },
  { name: "directory filter", pattern: /\*\s{0,4}\)\s{0,4}\(\s{0,4}[|&!\w]/, example: "*)(uid=*" },
  {
    name: "script",
    pattern:
      /<\s{0,4}\/?(script|iframe|svg|object|embed)(?![\w.@:-])|<\s{0,4}(a|img|body|details|marquee|video|audio|input|meta|link|style|math|base|form)[\s/]{1,8}[a-z]{2,20}\s{0,4}=|javascript:|\bon(error|load|focus(in|out)?|click|toggle|start|mouse(over|enter|move|down|up)|pointer(over|enter)|animation(start|end))\s{0,4}=/,
    example: "<script>alert(1)</script>",
  },
  { name: "XML entity", pattern: /<!(entity|doctype)\b/, example: "<!doctype x [" },
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the text that attackers send.
  { name: "expression lookup", pattern: /\$\{[^}]{0,8}[a-z:]/, example: "${jndi:ldap://x/a}" },
  {
    name: "template",
    pattern: /\{\{\s{0,4}[^{}]{1,64}\}\}|<%[=#]?[^%]{1,64}%>|[#*]\{[^{}]{1,64}\}/,
    example: "{{7*7}}",
  },
  { name: "shell substitution", pattern: /\$\([^)$]{1,64}\)|`[^`]{1,64}`/, example: "$(id)" },
  {
    name: "shell command",
    pattern:
      /([;|\x01]|&&)\s{0,4}(\/(\w{1,16}\/){0,4})?(cat|wget|curl|nc|ncat|bash|dash|sh|rm|id|uname|whoami|ping|chmod|python3?|perl|php|ruby|telnet|tftp|echo|touch|sleep|reboot|busybox|sudo|nohup)(\s|$|["'>;|&<$`)@])/,
    example: "100; wget http://x/a",
  },
  { name: "shell function", pattern: /\(\)\s{0,4}\{/, example: "() { :;}; id" },
  {
    name: "path traversal",
    pattern: /(\.\.[/\\]){2}|(\.{4}\/\/){2}|\/etc\/(passwd|shadow)\b/,
    example: "../../etc/passwd",
  },
  {
    name: "format string",
    pattern: /(%(0\d|\d{1,2}\$)?[nsxp][^%\s]{0,2}){3}/,
    example: "%s%s%s%n",
  },
  {
    name: "header field behind an escaped end of line",
    pattern: /\x01{1,4}[a-z][\w-]{0,40}\s{0,4}:/,
    example: "100%0d%0aContact: x",
  },
  { name: "NUL", pattern: /\x00/, example: "100%00" },
];
