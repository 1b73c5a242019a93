import { relative } from "node:path";
import { describe, it } from "vitest";
import {
  SHARED_CAPTURES,
  sharedCaptures,
  sharedCapturesMissing,
} from "../support/shared-captures.ts";
import { tsharkVersion } from "../support/tshark.ts";
import { comparePolicies } from "./policy-compare.ts";

const version = tsharkVersion();
if (sharedCapturesMissing !== "") console.warn(`skipped: ${sharedCapturesMissing}`);

// Those of the lab are bundled.
describe.skipIf(version === "" || sharedCapturesMissing !== "")(
  `policies on healthy captures that nobody here made, as tshark ${version} sees them`,
  () => {
    const healthy = sharedCaptures("real")
      .filter(({ row }) => (row.label ?? "").startsWith("benign"))
      .map(({ path }): readonly [string, string] => [relative(SHARED_CAPTURES, path), path]);
    it.each(healthy)("%s", (_name, path) => comparePolicies(path));
  },
);
