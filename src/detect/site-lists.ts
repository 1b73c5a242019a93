import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { RuleError } from "./rules/load-message.ts";
import type { Token } from "./rules/rule-lexer.ts";
import {
  DATASET_TYPES,
  type DatasetProblem,
  type DatasetType,
  NO_DATASET,
  parseDataset,
  parseValues,
} from "./site/dataset.ts";
import { SiteList } from "./site-list.ts";

/** What a rule says of a list. */
export interface ListSpec {
  /** Null: as another rule has said. */
  readonly type: DatasetType | null;
  /** `set` or `unset`. */
  readonly isChanged: boolean;
  /** File to read; "" for none. */
  readonly load: string;
  readonly loadAt: number;
  /** `state` or `save`: file in the folder for it. */
  readonly kept: Token | null;
  readonly isState: boolean;
  /** Bytes; null for the default. */
  readonly memcap: number | null;
}

/** Of values that rules have added, in bytes, unless `memcap` says so. */
export const MEMCAP_DEFAULT = 16 * 1_048_576;

/** A list of the configuration (Suricata's `datasets`). */
export interface NamedList {
  readonly name: string;
  readonly type: DatasetType;
  /** Files, "" for none. */
  readonly load: string;
  readonly state: string;
  readonly save: string;
  /** Bytes. */
  readonly memcap: number;
}

export interface ListFiles {
  /** Folder for `state` and `save`; "" refuses them. */
  readonly dataDir: string;
  readonly named: readonly NamedList[];
  /** Throws RuleError; null for a file that is not there, where that is allowed. */
  readonly read: (file: string, token: Token, mayBeMissing: boolean) => Buffer | null;
  readonly tell: (file: string, problems: readonly DatasetProblem[]) => void;
}

interface OpenList {
  /** Where its values come from, to tell two lists of one name apart. */
  readonly source: string;
  readonly list: SiteList;
}

/** The lists of one load of rules, by name. */
export class SiteLists {
  readonly #files: ListFiles;
  readonly #lists = new Map<string, OpenList>();

  constructor(files: ListFiles) {
    this.#files = files;
  }

  /** In the order in which rules name them. */
  get all(): readonly SiteList[] {
    return [...this.#lists.values()].map(({ list }) => list);
  }

  /** The list of that name; rules that use one name use one list. Throws RuleError. */
  list(name: Token, spec: ListSpec): SiteList {
    const known = this.#lists.get(name.text) ?? this.#fromConfiguration(name);
    const isNamedOnly = spec.load === "" && spec.kept === null;
    const source = sourceOf(spec);
    if (known !== undefined) {
      const { type } = known.list.options;
      const isSame = isNamedOnly ? (spec.type ?? type) === type : source === known.source;
      if (!isSame)
        throw new RuleError(
          `dataset "${name.text}" is another list elsewhere: ${known.source}`,
          name.at,
        );
      if (spec.isChanged) checkType(type, name);
      return known.list;
    }
    const list = this.#open(name, spec);
    this.#lists.set(name.text, { source, list });
    return list;
  }

  /** Opened when the first rule names it, so that an unused list costs nothing. */
  #fromConfiguration(name: Token): OpenList | undefined {
    const named = this.#files.named.find((list) => list.name === name.text);
    if (named === undefined) return undefined;
    const spec = this.#specOf(named);
    try {
      const open = { source: sourceOf(spec), list: this.#open(name, spec) };
      this.#lists.set(name.text, open);
      return open;
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      throw new RuleError(`datasets.${named.name}: ${error.message}`, name.at);
    }
  }

  /** As in Suricata, a file is looked for below the folder of data first. */
  #specOf({ load, memcap, save, state, type }: NamedList): ListSpec {
    const below = join(this.#files.dataDir, load);
    const isBelow = load !== "" && !isAbsolute(load) && existsSync(below);
    const kept = state || save;
    return {
      ...{ type, memcap, isChanged: load === "", loadAt: -1, isState: state !== "" },
      load: isBelow ? below : load,
      kept: kept === "" ? null : { text: kept, at: -1 },
    };
  }

  #open(name: Token, spec: ListSpec): SiteList {
    const { isChanged, isState, kept, load, type } = spec;
    if (type === null)
      throw new RuleError(`dataset needs a type: ${DATASET_TYPES.join(", ")}`, name.at);
    if (!isChanged && load === "" && !isState)
      throw new RuleError(
        "dataset needs load FILE or state FILE, or a rule before it that sets values",
        name.at,
      );
    if (isChanged || kept !== null) checkType(type, name);
    const memcap = spec.memcap ?? MEMCAP_DEFAULT;
    const base = { name: name.text, type, memcap };
    if (kept === null) {
      const isKept = load === "";
      return new SiteList({
        ...base,
        fixed: this.#fixed(type, load, spec),
        values: [],
        saveTo: "",
        isKept,
      });
    }
    if (type === "text")
      throw new RuleError(
        "values of type text may not be lines; a list with state or save has type string (base64)",
        kept.at,
      );
    const saveTo = this.#pathOf(kept);
    const token = isState ? kept : { text: load, at: spec.loadAt };
    const content = isState
      ? this.#files.read(saveTo, token, true)
      : load === ""
        ? null
        : this.#files.read(load, token, false);
    const { problems, values } = parseValues(type, content ?? Buffer.alloc(0));
    this.#files.tell(isState ? saveTo : load, problems);
    return new SiteList({ ...base, fixed: NO_DATASET, values, saveTo, isKept: true });
  }

  #fixed(type: DatasetType, load: string, { loadAt }: ListSpec) {
    if (load === "") return NO_DATASET;
    const content = this.#files.read(load, { text: load, at: loadAt }, false) ?? Buffer.alloc(0);
    const { dataset, problems } = parseDataset(type, content);
    this.#files.tell(load, problems);
    return dataset;
  }

  /** As in Suricata, rules that come from elsewhere write into one folder only. */
  #pathOf({ at, text }: Token): string {
    const { dataDir } = this.#files;
    if (dataDir === "")
      throw new RuleError("dataset writes a file: set rules.dataDir to a folder for it", at);
    if (isAbsolute(text) || text.split("/").includes(".."))
      throw new RuleError(`dataset writes below rules.dataDir only, not to ${text}`, at);
    return join(dataDir, text);
  }
}

function sourceOf({ isState, kept, load, type }: ListSpec): string {
  const from = load === "" ? "" : ` load ${load}`;
  const to = kept === null ? "" : ` ${isState ? "state" : "save"} ${kept.text}`;
  return `type ${type ?? ""}${from}${to}`;
}

function checkType(type: DatasetType, { at }: Token): void {
  if (type === "prefix") throw new RuleError("a list of type prefix is only read", at);
}
