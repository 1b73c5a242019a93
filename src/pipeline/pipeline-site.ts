import type { Config } from "../config/config.ts";
import { readCertificates } from "../config/config-certificates.ts";
import { numberPlanOf, rateDeckOf } from "../config/config-number-plan.ts";
import { policySettingsOf } from "../config/config-policy.ts";
import { CallCosts } from "../track/numbers/call-costs.ts";

/** What the operator declares of a site, as trackers use it; throws ConfigError. */
export function siteOf(config: Config) {
  const plan = numberPlanOf(config);
  return {
    passportKeys: readCertificates(config.policy.certificates),
    policy: policySettingsOf(config.policy),
    plan,
    costs: new CallCosts(plan, rateDeckOf(config)),
  };
}
