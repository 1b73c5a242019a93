import type { MailSettings } from "../outputs/mail-sink.ts";
import { hostPortText, parseHostPort } from "./output-address.ts";
import { OutputError, readPem, readSecret } from "./output-files.ts";
import type { MailOptions } from "./output-settings.ts";

/** Registered ports: submission (RFC 6409), submissions (RFC 8314). */
const PORTS = { smtp: 587, smtps: 465 } as const;
/** An addr-spec without quotes and comments (RFC 5322 3.4.1): what could mean more to a mail program is refused. */
const ADDRESS = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}$/;
const RECEIVERS_MAX = 100;

/** Reads what follows `mail+smtp://` and `mail+smtps://`: `HOST:PORT/ADDRESS,...`. Throws OutputError. */
export function mailSettings(
  target: string,
  scheme: keyof typeof PORTS,
  { from, passwordFile, startTls, timeoutMs, tlsCa, username }: MailOptions,
): MailSettings {
  const form = `mail+${scheme}`;
  const [place = "", ...rest] = target.split("/");
  const address = parseHostPort(place, PORTS[scheme]);
  if (typeof address === "string") throw new OutputError(`${form}: ${address}`);
  const to = rest
    .join("/")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const wrong = to.find((part) => !ADDRESS.test(part));
  if (to.length === 0 || to.length > RECEIVERS_MAX || wrong !== undefined) {
    const what = wrong === undefined ? "1 to 100 mail addresses" : `"${wrong}" is no mail address`;
    throw new OutputError(`${form}: ${what}; write ${form}://${hostPortText(address)}/soc@example`);
  }
  if (!ADDRESS.test(from)) {
    throw new OutputError(
      `${form}: give the sender's address as mail.from, such as sipsentry@example; "${from}" is none`,
    );
  }
  const password = readSecret("mail.passwordFile", passwordFile);
  if ((username === "") !== (password === "")) {
    throw new OutputError("mail.username and mail.passwordFile go together; give both or none");
  }
  const security = scheme === "smtps" ? "tls" : startTls;
  if (username !== "" && security === "never") {
    throw new OutputError(
      "mail.startTls: never would send the password in the clear; leave it out",
    );
  }
  // A login is worth more than a mail: it is not sent where encryption can be talked away.
  const isSafe = username !== "" && security === "offered";
  return {
    ...address,
    security: isSafe ? "required" : security,
    ...{ username, password, from, to, timeoutMs },
    ca: readPem("mail.tlsCa", tlsCa, "CERTIFICATE"),
  };
}
