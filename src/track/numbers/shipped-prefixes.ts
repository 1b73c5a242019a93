import { readFileSync } from "node:fs";
import { PACKAGE_ROOT } from "../../base/package-root.ts";
import { PrefixList } from "./prefix-list.ts";

const FILE = new URL("rules/high-cost-prefixes.csv", PACKAGE_ROOT);

/** The high-cost destinations that come with sipsentry. */
export function shippedPrefixes(): PrefixList {
  return new PrefixList().add(readFileSync(FILE, "utf8"), "rules/high-cost-prefixes.csv");
}
