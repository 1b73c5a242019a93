import type {
  RegistrationCountRecord,
  RegistrationRecord,
} from "../../track/registrations/registration-record.ts";
import { type EveSettings, eveAddress, eveTime } from "./eve-header.ts";
import { cleanText } from "./eve-text.ts";

/** EVE `registration` object; what is empty is left out. */
export function eveRegistration(
  record: RegistrationRecord,
  { ipv6Compress, textMax }: EveSettings,
): Record<string, unknown> {
  const { account, aor, contact, previousIp, previousPort, reason, userAgent } = record;
  const texts = { account, aor, contact, user_agent: userAgent };
  const known = Object.entries(texts).filter(([, text]) => text !== "");
  return {
    state: record.state,
    ...Object.fromEntries(known.map(([name, text]) => [name, cleanText(text, textMax)])),
    ...(record.expiresS > 0 && { expires: record.expiresS }),
    code: record.code,
    ...(reason !== "" && { reason: cleanText(reason, textMax) }),
    ...(previousIp !== "" && {
      previous: { ip: eveAddress(previousIp, ipv6Compress), port: previousPort },
    }),
  };
}

/** EVE `registration` object of those that were only counted. */
export function eveRegistrationCount(
  count: RegistrationCountRecord,
  { ipv6Compress }: EveSettings,
): Record<string, unknown> {
  return {
    state: "counted",
    start: eveTime(count.startUs),
    end: eveTime(count.timeUs),
    accepted: count.accepted,
    refused: count.refused,
    sources: count.sources.map(({ ip, calls }) => ({
      ip: eveAddress(ip, ipv6Compress),
      registrations: calls,
    })),
  };
}
