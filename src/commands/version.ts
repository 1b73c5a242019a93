import { readFileSync } from "node:fs";
import { PACKAGE_ROOT } from "../base/package-root.ts";

/** Version in package.json. */
export const VERSION = readVersion();

function readVersion(): string {
  const text = readFileSync(new URL("package.json", PACKAGE_ROOT), "utf8");
  const { version } = JSON.parse(text) as { version: string };
  return version;
}
