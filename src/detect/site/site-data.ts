import { existsSync, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { readFault } from "../../base/read-fault.ts";
import type { LoadMessage } from "../rules/load-message.ts";
import { RuleError } from "../rules/load-message.ts";
import type { Token } from "../rules/rule-lexer.ts";
import { type NamedList, SiteLists } from "../site-lists.ts";
import { Countries } from "./countries.ts";
import { parseCategories, Reputation } from "./reputation.ts";

/** Files of the site that rules may ask; "" and none where there is none. */
export interface SiteFiles {
  readonly reputationCategories: string;
  readonly reputationFiles: readonly string[];
  /** MMDB with countries. */
  readonly geoip: string;
  /** Zone of `time_of_week` that names none. */
  readonly timezone: string;
  /** Hours of the office as `time_of_week` has them; "" where they are learned. */
  readonly officeHours: string;
  /** Folder that rules keep lists in (`dataset` with `state` or `save`). */
  readonly dataDir: string;
  /** Lists that rules name alone. */
  readonly datasets: readonly NamedList[];
}

export const NO_SITE_FILES: SiteFiles = {
  reputationCategories: "",
  reputationFiles: [],
  geoip: "",
  timezone: "UTC",
  officeHours: "",
  dataDir: "",
  datasets: [],
};

/** A list of numbers, not a disk image that somebody has mistyped. */
const LIST_BYTES_MAX = 256 * 1_048_576;
const PROBLEMS_MAX = 5;

/** What rules ask of the site's files: read when the first rule asks, once for a load of rules, so that a reload reads anew. */
export class SiteData {
  readonly timezone: string;
  readonly officeHours: string;
  readonly #files: SiteFiles;
  readonly #say: (message: LoadMessage) => void;
  readonly lists: SiteLists;
  #categories: ReadonlyMap<string, number> | null = null;
  #reputation: Reputation | null = null;
  #countries: Countries | null = null;

  constructor(files: SiteFiles, say: (message: LoadMessage) => void) {
    this.timezone = files.timezone;
    this.officeHours = files.officeHours;
    this.#files = files;
    this.#say = say;
    this.lists = new SiteLists({
      dataDir: files.dataDir,
      named: files.datasets,
      read: (file, token, mayBeMissing) =>
        mayBeMissing && !existsSync(file) ? null : read(file, token),
      tell: (file, problems) => this.#tell(file, problems),
    });
  }

  /** Number of a category of reputation. */
  category(token: Token): number {
    const file = this.#files.reputationCategories;
    if (file === "")
      throw new RuleError(
        "iprep needs categories: set rules.reputationCategories to a file",
        token.at,
      );
    if (this.#categories === null) {
      const { numbers, problems } = parseCategories(read(file, token).toString("utf8"));
      this.#tell(file, problems);
      this.#categories = numbers;
    }
    const number = this.#categories.get(token.text);
    if (number === undefined) {
      const names = [...this.#categories.keys()].join(", ");
      throw new RuleError(
        `iprep category "${token.text}" is not known; ${file} has ${names}`,
        token.at,
      );
    }
    return number;
  }

  reputation(token: Token): Reputation {
    if (this.#reputation === null) {
      const reputation = new Reputation();
      for (const file of this.#files.reputationFiles)
        this.#tell(file, reputation.add(read(file, token).toString("utf8")));
      this.#reputation = reputation;
    }
    return this.#reputation;
  }

  countries(token: Token): Countries {
    const file = this.#files.geoip;
    if (file === "")
      throw new RuleError(
        "geoip needs a database of countries: set rules.geoip to an .mmdb file",
        token.at,
      );
    if (this.#countries === null) {
      try {
        this.#countries = new Countries(read(file, token));
      } catch (error) {
        if (error instanceof RuleError) throw error;
        throw new RuleError(`${file} is no MMDB: ${(error as Error).message}`, token.at);
      }
    }
    return this.#countries;
  }

  #tell(file: string, problems: readonly { readonly line: number; readonly text: string }[]): void {
    const say = (line: number, text: string) =>
      this.#say({ level: "warning", file, line, column: 0, text });
    for (const { line, text } of problems.slice(0, PROBLEMS_MAX)) say(line, text);
    const more = problems.length - PROBLEMS_MAX;
    if (more > 0) say(0, `${file}: ${more} more lines are no entries and left out`);
  }
}

function read(file: string, { at }: Token): Buffer {
  try {
    if (statSync(file).size > LIST_BYTES_MAX)
      throw new RuleError(`${file} is larger than ${LIST_BYTES_MAX} bytes`, at);
    return readFileSync(resolve(file));
  } catch (error) {
    if (error instanceof RuleError) throw error;
    throw new RuleError(`cannot read ${file}: ${readFault(error)}`, at);
  }
}
