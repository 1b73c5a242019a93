import * as z from "zod";
import { parseAddressSet } from "../detect/rules/address-set.ts";
import { RuleError } from "../detect/rules/load-message.ts";
import type { AddressTest, PolicySettings } from "../track/policy/policy-settings.ts";
import { flag, text, texts } from "./config-fields.ts";

/** A list of addresses and networks as in rules, checked when it is read. */
function addresses(about: string) {
  return texts(about).superRefine((list, context) => {
    const fault = addressFault(list);
    if (fault !== "") context.addIssue({ code: "custom", message: fault });
  });
}

/** What a site has decided about its telephony; what is not declared is not judged. */
export const policySection = () =>
  z.strictObject({
    notes: flag(
      false,
      "say once a day of each host what is weak: keys in clear, SRTP that is not taken, MD5, registrars that tell which users exist, certificates, configurations of phones in clear, old protocols",
    ),
    secure: addresses("addresses and networks whose SIP and RTP have to be encrypted"),
    domains: texts("domains that servers may accept calls and registrations for"),
    trunkPorts: z
      .array(z.int().min(1).max(65_535))
      .default([])
      .meta({ description: "ports of servers that only policy.trunks may use" }),
    trunks: addresses("addresses and networks of carriers and other trunks"),
    codecs: texts("codecs that may be agreed on, such as PCMA, opus"),
    signed: addresses("addresses and networks of carriers that sign each call (STIR/SHAKEN)"),
    certificates: text(
      "",
      "folder with certificates of STIR/SHAKEN signers, each called as its x5u without https:// and with _ for /; nothing is ever fetched",
    ),
  });

/** The same as trackers use it. */
export function policySettingsOf(
  policy: z.output<ReturnType<typeof policySection>>,
): PolicySettings {
  const { codecs, domains, notes, secure, signed, trunkPorts, trunks } = policy;
  const lower = (names: readonly string[]) => new Set(names.map((name) => name.toLowerCase()));
  return {
    notes,
    secure: secure.length > 0 ? testOf(secure) : null,
    domains: lower(domains),
    trunkPorts: new Set(trunkPorts),
    trunks: trunkPorts.length > 0 ? testOf(trunks) : null,
    codecs: lower(codecs),
    signed: signed.length > 0 ? testOf(signed) : null,
  };
}

function parse(list: readonly string[]) {
  return parseAddressSet({ text: `[${list.join(",")}]`, at: 0 }, {});
}

function testOf(list: readonly string[]): AddressTest {
  if (list.length === 0) return () => false;
  const set = parse(list);
  return (host, bytes, at) => set.matches(host, bytes, at);
}

function addressFault(list: readonly string[]): string {
  if (list.length === 0) return "";
  try {
    parse(list);
    return "";
  } catch (error) {
    if (error instanceof RuleError) return error.message;
    throw error;
  }
}
