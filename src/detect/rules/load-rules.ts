import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { readFault } from "../../base/read-fault.ts";
import { pageName } from "../alerts/alert-page.ts";
import { isBitTest } from "../counters/bits.ts";
import { applyThresholdConfig, parseThresholdConfig } from "../counters/threshold-config.ts";
import { NO_SITE_FILES, SiteData, type SiteFiles } from "../site/site-data.ts";
import { parseClassifications, parseReferences, REFERENCE_PREFIXES } from "./classification.ts";
import { compileRule } from "./compile.ts";
import { type LoadMessage, RuleError, RuleSkipped } from "./load-message.ts";
import { RuleComments } from "./rule-comments.ts";
import type { RuleEnvironment } from "./rule-draft.ts";
import { positionOf, type RuleLine, ruleLines } from "./rule-lines.ts";
import { parseRule } from "./rule-parser.ts";
import type { RuleSet, Signature } from "./signature.ts";
import type { RuleVariables } from "./variables.ts";

export interface LoadOptions {
  /** Rule files in load order. Globs are for the caller to resolve. */
  readonly files: readonly string[];
  readonly variables: RuleVariables;
  readonly classificationFile?: string;
  readonly referenceFile?: string;
  readonly thresholdFile?: string;
  /** What belongs to the site: reputation, countries, its time zone. */
  readonly site?: SiteFiles;
  /** What comes before SID.md in the reference to an alert's page; "" for none. */
  readonly pages?: string;
  /** See `RuleSet`. */
  readonly packetAlertsMax?: number;
}

export interface LoadResult {
  readonly ruleSet: RuleSet;
  readonly messages: readonly LoadMessage[];
  readonly filesRead: number;
  readonly loaded: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Reads rules and the files beside them. Never throws: what is wrong becomes a message. */
export function loadRules(options: LoadOptions): LoadResult {
  return new Loader(options).load();
}

class Loader {
  readonly #options: LoadOptions;
  readonly #messages: LoadMessage[] = [];
  /** By gid and sid. */
  readonly #signatures = new Map<string, Signature>();
  readonly #warned = new Set<string>();
  #filesRead = 0;
  #failed = 0;
  #skipped = 0;
  #drops = 0;
  /** Of the file at hand. */
  #comments = new RuleComments("");

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  load(): LoadResult {
    const environment = this.#environment();
    for (const file of this.#options.files) this.#loadFile(file, environment);
    if (this.#drops > 0) {
      this.#say(
        "warning",
        "",
        0,
        `${this.#drops} drop or reject rules are taken as alert: this sensor is passive`,
      );
    }
    const signatures = inEvaluationOrder(this.#thresholds([...this.#signatures.values()]));
    return {
      ruleSet: {
        signatures: signatures.map((signature, id) => ({ ...signature, id })),
        failed: this.#failed,
        lists: environment.site.lists.all,
        ...(this.#options.packetAlertsMax !== undefined && {
          packetAlertsMax: this.#options.packetAlertsMax,
        }),
      },
      messages: this.#messages,
      filesRead: this.#filesRead,
      loaded: signatures.length,
      failed: this.#failed,
      skipped: this.#skipped,
    };
  }

  #say(level: LoadMessage["level"], file: string, line: number, text: string, column = 0): void {
    this.#messages.push({ level, file, line, column, text });
  }

  #read(file: string): Buffer | null {
    try {
      return readFileSync(file);
    } catch (error) {
      const text = `cannot read ${file}: ${readFault(error)}`;
      this.#messages.push({ level: "error", file, line: 0, column: 0, text, isUnread: true });
      return null;
    }
  }

  #environment(): RuleEnvironment {
    const { classificationFile, referenceFile, variables } = this.#options;
    let classes: RuleEnvironment["classes"] = new Map();
    let referencePrefixes = REFERENCE_PREFIXES;
    const classification = classificationFile === undefined ? null : this.#read(classificationFile);
    if (classificationFile !== undefined && classification !== null) {
      const parsed = parseClassifications(classification.toString("utf8"));
      for (const { line, text } of parsed.problems)
        this.#say("error", classificationFile, line, text);
      classes = parsed.classes;
    }
    const reference = referenceFile === undefined ? null : this.#read(referenceFile);
    if (referenceFile !== undefined && reference !== null) {
      const parsed = parseReferences(reference.toString("utf8"));
      for (const { line, text } of parsed.problems) this.#say("error", referenceFile, line, text);
      referencePrefixes = parsed.prefixes;
    }
    const site = new SiteData(this.#options.site ?? NO_SITE_FILES, (message) =>
      this.#messages.push(message),
    );
    return { variables, classes, referencePrefixes, site, folder: "" };
  }

  #loadFile(file: string, environment: RuleEnvironment): void {
    const content = this.#read(file);
    if (content === null) return;
    this.#filesRead++;
    const { rules, indented } = ruleLines(content.toString("latin1"));
    for (const line of indented) {
      this.#say(
        "warning",
        file,
        line,
        "the line starts with a blank, so Suricata skips it and so does this: remove the blank",
        1,
      );
    }
    if (rules.length === 0) this.#say("warning", file, 0, `no rules in ${file}`);
    const folder = dirname(file);
    this.#comments = new RuleComments(content.toString("utf8"));
    for (const line of rules) this.#loadRule(line, file, { ...environment, folder });
  }

  #loadRule(line: RuleLine, file: string, environment: RuleEnvironment): void {
    try {
      const { signature, warnings, isOneWay } = compileRule(parseRule(line), environment, file);
      for (const { text, at } of warnings) this.#warnOnce(line, file, text, at);
      if (isOneWay)
        this.#say("info", file, line.line, "both sides of <> are equal, so it is taken as ->");
      this.#add(this.#withPage(signature), line);
    } catch (error) {
      if (error instanceof RuleSkipped) {
        this.#skipped++;
        this.#say("info", file, line.line, `rule skipped: ${error.message}`);
      } else if (error instanceof RuleError) {
        this.#fail(line, file, error.message, error.at);
      } else {
        throw error;
      }
    }
  }

  /** An alert with a guide has a page, which it names last. */
  #withPage(signature: Signature): Signature {
    const { pages = "" } = this.#options;
    const { alert } = signature;
    if (pages === "" || alert.gid !== 1 || this.#comments.guide(alert) === null) return signature;
    const references = [...alert.references, `${pages}${pageName(alert.sid)}`];
    return { ...signature, alert: { ...alert, references } };
  }

  #add(signature: Signature, line: RuleLine): void {
    const { gid, sid, rev } = signature.alert;
    const key = `${gid}:${sid}`;
    const known = this.#signatures.get(key);
    if (known !== undefined && rev <= known.alert.rev) {
      const where = `${known.file}:${known.line}`;
      this.#fail(
        line,
        signature.file,
        `Duplicate signature "${key}": already loaded from ${where}`,
        0,
      );
      return;
    }
    if (known !== undefined) {
      this.#say(
        "warning",
        signature.file,
        line.line,
        `signature ${key} rev ${rev} replaces rev ${known.alert.rev}`,
      );
      this.#signatures.delete(key);
    }
    if (signature.action === "drop" || signature.action === "reject") this.#drops++;
    this.#signatures.set(key, signature);
  }

  #fail(rule: RuleLine, file: string, text: string, at: number): void {
    this.#failed++;
    const { line, column } = positionOf(rule, Math.min(at, Math.max(0, rule.text.length - 1)));
    const sid = /[;(]\s*sid\s*:\s*(\d+)\s*;/.exec(rule.text)?.[1];
    this.#messages.push({
      level: "error",
      file,
      line,
      column,
      text,
      ...(sid !== undefined && { sid: Number(sid) }),
    });
    this.#say(
      "error",
      file,
      rule.line,
      `error parsing signature "${rule.text}" from file ${file} at line ${rule.line}`,
    );
  }

  /** The same unknown classtype or reference in many rules is one message. */
  #warnOnce(rule: RuleLine, file: string, text: string, at: number): void {
    if (this.#warned.has(text)) return;
    this.#warned.add(text);
    const { line, column } = positionOf(rule, at);
    this.#say("warning", file, line, text, column);
  }

  #thresholds(signatures: Signature[]): Signature[] {
    const { thresholdFile, variables } = this.#options;
    const content = thresholdFile === undefined ? null : this.#read(thresholdFile);
    if (thresholdFile === undefined || content === null) return signatures;
    const config = parseThresholdConfig(content.toString("utf8"), thresholdFile, variables);
    const applied = applyThresholdConfig(signatures, config, thresholdFile);
    this.#messages.push(...config.messages, ...applied.messages);
    if (config.messages.some(({ level }) => level === "error"))
      this.#say("error", thresholdFile, 0, "Error loading threshold configuration");
    this.#say(
      "info",
      thresholdFile,
      0,
      `Threshold config parsed: ${config.entries.length} rule(s) found`,
    );
    return applied.signatures;
  }
}

const ACTION_RANK: Readonly<Record<Signature["action"], number>> = {
  pass: 0,
  drop: 1,
  reject: 2,
  alert: 3,
};

/** Suricata's order: action, setters of bits before readers, priority; else as loaded. */
function inEvaluationOrder(signatures: readonly Signature[]): Signature[] {
  const ranked = signatures.map((signature) => ({ signature, rank: rankOf(signature) }));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ signature }) => signature);
}

/** Digits of 4 for the action and the bits of flows, keys and hosts, before the priority, which is 255 at most. */
function rankOf(signature: Signature): number {
  const digits = [
    ACTION_RANK[signature.action],
    bitRank(signature, "flow"),
    bitRank(signature, "x"),
    bitRank(signature, "host"),
  ];
  return 256 * digits.reduce((rank, digit) => 4 * rank + digit, 0) + signature.alert.severity;
}

function bitRank(signature: Signature, store: "flow" | "x" | "host"): number {
  const used = [...signature.bitTests, ...signature.bitActions].filter(
    (bit) => bit.store === store,
  );
  if (used.length === 0) return 3;
  const reads = used.some(isBitTest);
  const sets = used.some((bit) => !isBitTest(bit));
  return sets ? (reads ? 1 : 0) : 2;
}
