import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const POM = fileURLToPath(new URL("../kafka/pom.xml", import.meta.url));
const CACHE = fileURLToPath(new URL("../../node_modules/.cache/", import.meta.url));
const VERSION = /<kafka\.version>([\d.]+)</.exec(readFileSync(POM, "utf8"))?.[1] ?? "";
const JARS = join(CACHE, `kafka-${VERSION}`);
const JAVA_MIN = 17;

/** Version of the Apache Kafka that the tests run. */
export const KAFKA_VERSION = VERSION;

/** Why the Kafka tests are skipped; empty when they can run. In CI they run, and fail without the tools. */
export function missingForKafka(): string {
  if (process.env.CI === "true") return "";
  const reasons = lacks();
  if (reasons.length === 0) return "";
  const reason = `skipped: ${reasons.join(", ")}`;
  console.warn(`Kafka tests ${reason}`);
  return reason;
}

/** For `beforeAll`: in CI the reason is to be read before anything else goes wrong. */
export function requireForKafka(): void {
  const reasons = lacks();
  if (reasons.length > 0) throw new Error(`Kafka tests cannot run: ${reasons.join(", ")}`);
}

/** Folder with the broker's jars, fetched with Maven at the first call. */
export function kafkaJars(): string {
  if (existsSync(JARS)) return JARS;
  mkdirSync(dirname(JARS), { recursive: true });
  const folder = mkdtempSync(`${JARS}-`);
  const goal = ["dependency:copy-dependencies", `-DoutputDirectory=${folder}`];
  execFileSync("mvn", ["-q", "-B", "-f", POM, ...goal], { stdio: ["ignore", "ignore", "inherit"] });
  try {
    renameSync(folder, JARS);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    if (!existsSync(JARS)) throw error;
  }
  return JARS;
}

function lacks(): string[] {
  const reasons: string[] = [];
  const java = textOf("java", ["-version"]);
  const version = Number(/version "(\d+)/.exec(java)?.[1] ?? 0);
  if (version < JAVA_MIN) reasons.push(`no Java ${JAVA_MIN} or newer`);
  if (!existsSync(JARS) && textOf("mvn", ["-v"]) === "") reasons.push("no Maven (mvn)");
  if (textOf("kcat", ["-V"]) === "") reasons.push("no kcat");
  if (textOf("openssl", ["version"]) === "") reasons.push("no openssl");
  return reasons;
}

function textOf(tool: string, options: readonly string[]): string {
  const { error, stdout, stderr } = spawnSync(tool, options, { encoding: "utf8" });
  return error === undefined ? `${stdout}${stderr}` : "";
}
