import { writeFileSync } from "node:fs";
import { openFault } from "../emit/file-faults.ts";

/** One capture, or one run over many, as a test. */
export interface JunitCase {
  readonly name: string;
  readonly seconds: number;
  /** Alerts that were not expected, or too grave: what a failed test says. */
  readonly failures: readonly string[];
  /** What broke off. */
  readonly errors: readonly string[];
}

/** Lines of one case; a report is for people, and a broken expectation may differ in every alert. */
const LINES_MAX = 200;
const LINE_MAX = 2_000;

/** Results as JUnit XML, which CI systems show as tests (the de facto schema of Jenkins' xunit plugin). */
export class JunitReport {
  readonly #file: string;
  readonly #cases: JunitCase[] = [];

  constructor(file: string) {
    this.#file = file;
  }

  add(result: JunitCase): void {
    this.#cases.push(result);
  }

  /** Gives what is wrong when it cannot be written, else "". */
  write(): string {
    try {
      writeFileSync(this.#file, junitText(this.#cases));
      return "";
    } catch (error) {
      return `--junit: cannot write ${this.#file}: ${openFault(error)}`;
    }
  }
}

export function junitText(cases: readonly JunitCase[]): string {
  const count = (isCounted: (result: JunitCase) => boolean) => cases.filter(isCounted).length;
  const failed = count(({ failures, errors }) => failures.length > 0 && errors.length === 0);
  const broken = count(({ errors }) => errors.length > 0);
  const seconds = cases.reduce((sum, result) => sum + result.seconds, 0);
  const numbers = `tests="${cases.length}" failures="${failed}" errors="${broken}" time="${seconds.toFixed(3)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="sipsentry" ${numbers}>`,
    `  <testsuite name="sipsentry replay" ${numbers}>`,
    ...cases.flatMap(caseLines),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function caseLines({ name, seconds, failures, errors }: JunitCase): string[] {
  const test = `    <testcase classname="sipsentry" name="${xml(name)}" time="${seconds.toFixed(3)}"`;
  if (failures.length === 0 && errors.length === 0) return [`${test}/>`];
  return [
    `${test}>`,
    ...found("error", errors),
    ...(errors.length > 0 ? [] : found("failure", failures)),
    "    </testcase>",
  ];
}

function found(tag: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const shown = lines.slice(0, LINES_MAX).map((line) => xml(line.slice(0, LINE_MAX)));
  if (lines.length > LINES_MAX) shown.push(`and ${lines.length - LINES_MAX} more lines`);
  return [`      <${tag} message="${shown[0] ?? ""}">${shown.join("\n")}</${tag}>`];
}

/** XML 1.0 has no place for most control characters and half surrogates, however they are written. */
function xml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replaceAll(/[&<>"\t\n\r]/g, (char) => `&#${char.charCodeAt(0)};`);
}
