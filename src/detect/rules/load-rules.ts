import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { readFault } from "../../base/read-fault.ts";
import { pageName } from "../alerts/alert-page.ts";
import { applyThresholdConfig, parseThresholdConfig } from "../counters/threshold-config.ts";
import { NO_SITE_FILES, SiteData, type SiteFiles } from "../site/site-data.ts";
import { parseClassifications, parseReferences, REFERENCE_PREFIXES } from "./classification.ts";
import { compileRule } from "./compile.ts";
import { inEvaluationOrder } from "./evaluation-order.ts";
import { type LoadMessage, RuleError, RuleSkipped } from "./load-message.ts";
import { unreadableForm, withoutMark } from "./rule-bytes.ts";
import { RuleComments } from "./rule-comments.ts";
import type { RuleEnvironment } from "./rule-draft.ts";
import { positionOf, type RuleLine, ruleLines } from "./rule-lines.ts";
import { parseRule } from "./rule-parser.ts";
import type { RuleSet, Signature } from "./signature.ts";
import { unsetBits } from "./unset-bits.ts";
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

const MARK_LEFT_OUT =
  "the file begins with a byte order mark, which is left out here and makes Suricata refuse this line";

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
    this.#messages.push(...unsetBits([...this.#signatures.values()]));
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
      this.#unread(file, readFault(error));
      return null;
    }
  }

  #unread(file: string, fault: string): void {
    const text = `cannot read ${file}: ${fault}`;
    this.#messages.push({ level: "error", file, line: 0, column: 0, text, isUnread: true });
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
    const read = this.#read(file);
    if (read === null) return;
    const fault = unreadableForm(read);
    if (fault !== "") {
      this.#unread(file, fault);
      return;
    }
    this.#filesRead++;
    const { bytes: content, hadMark } = withoutMark(read);
    if (hadMark) this.#say("warning", file, 1, MARK_LEFT_OUT);
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
        `Duplicate signature "${key}": rev ${rev} is not above rev ${known.alert.rev}, loaded from ${where}`,
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
