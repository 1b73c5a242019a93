import { printable } from "../eve/eve-text.ts";
import { withoutSecrets } from "../privacy-text.ts";

/** A datagram is no longer; what came by TCP may be. */
const LINES_MAX = 10_000;
const LINE_MAX = 8_192;

/** A SIP message for the terminal, line by line as it was; what would steer a terminal becomes `?`, secrets are left out. */
export function rawMessage(text: string): string {
  const lines = text.split(/\r\n|\n/, LINES_MAX);
  return lines.map((line) => `${printable(withoutSecrets(line), LINE_MAX)}\n`).join("");
}
