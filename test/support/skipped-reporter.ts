import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Reporter, TestModule } from "vitest/node";
import { SHARED_CAPTURES } from "./shared-captures.ts";

/** Programs that tests run beside ours. */
const TOOLS = [
  "tshark",
  "tcpdump",
  "zstd",
  "kamailio",
  "sipp",
  "svmap",
  "sngrep",
  "rsyslogd",
  "nft",
  "fail2ban-client",
  "turnserver",
  "secsipidx",
  "rtpengine",
  "openssl",
  "promtool",
  "java",
  "docker-compose",
];
const FILES_MAX = 12;

/** Says at the end what was skipped and what this machine lacks for it, so that green is not taken for all. */
export class SkippedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const projects = new Set(modules.map(({ project }) => project.name));
    const skipped = modules
      .map((module) => ({ file: module.relativeModuleId, count: skippedIn(module) }))
      .filter(({ count }) => count > 0);
    const lines: string[] = [];
    if (!projects.has("long")) {
      lines.push("Not run: long, live and kafka tests (npm run test:all).");
    }
    if (skipped.length > 0) {
      const total = skipped.reduce((sum, { count }) => sum + count, 0);
      const files = skipped.slice(0, FILES_MAX).map(({ file, count }) => `${file} (${count})`);
      const more =
        skipped.length > FILES_MAX ? `, and ${skipped.length - FILES_MAX} files more` : "";
      lines.push(`Skipped: ${total} tests, in ${files.join(", ")}${more}.`);
      lines.push(
        `This machine lacks for them: ${lacking().join(", ") || "nothing that is known"}.`,
      );
    }
    if (lines.length > 0) process.stdout.write(`\n${lines.join("\n")}\n`);
  }
}

function skippedIn(module: TestModule): number {
  return [...module.children.allTests("skipped")].length;
}

function lacking(): string[] {
  const what: string[] = [];
  if (!existsSync(SHARED_CAPTURES)) what.push(`captures at ${SHARED_CAPTURES} (SIPSENTRY_SHARED)`);
  if (process.geteuid?.() !== 0) what.push("root");
  return [...what, ...TOOLS.filter((tool) => !isInstalled(tool))];
}

function isInstalled(tool: string): boolean {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
