/** A parsed EVE line whose fields are read with their type checked: a spool may hold what another version wrote. */
export class EveRecord {
  readonly #fields: object;

  private constructor(fields: object) {
    this.#fields = fields;
  }

  /** Null when the line is no JSON object. */
  static parse(line: string): EveRecord | null {
    try {
      const fields: unknown = JSON.parse(line);
      return isObject(fields) ? new EveRecord(fields) : null;
    } catch {
      return null;
    }
  }

  /** The value at a path, such as `alert`, `signature_id`; undefined when there is none. */
  value(...path: readonly string[]): unknown {
    let value: unknown = this.#fields;
    for (const name of path) {
      if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
      value = Reflect.get(value, name);
    }
    return value;
  }

  /** "" when it is no text. */
  text(...path: readonly string[]): string {
    const value = this.value(...path);
    return typeof value === "string" ? value : "";
  }

  /** Undefined when it is no finite number. */
  number(...path: readonly string[]): number | undefined {
    const value = this.value(...path);
    return typeof value === "number" && Number.isFinite(value) ? value : undefined;
  }

  /** The texts of a list; a single text is a list of one. */
  texts(...path: readonly string[]): readonly string[] {
    const value = this.value(...path);
    if (typeof value === "string") return [value];
    return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
  }

  numbers(...path: readonly string[]): readonly number[] {
    const value = this.value(...path);
    return Array.isArray(value) ? value.filter((item) => typeof item === "number") : [];
  }

  /** The objects of a list. */
  records(...path: readonly string[]): readonly EveRecord[] {
    const value = this.value(...path);
    return Array.isArray(value) ? value.filter(isObject).map((item) => new EveRecord(item)) : [];
  }

  /** All top-level fields but these. */
  without(names: ReadonlySet<string>): Record<string, unknown> {
    return Object.fromEntries(Object.entries(this.#fields).filter(([name]) => !names.has(name)));
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

const EVE_TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6})\+0000$/;

/** EVE's time in the form of RFC 3339, which RFC 5424, ECS and JavaScript read; "" when it is none. */
export function rfc3339(eveTime: string): string {
  const [, time] = EVE_TIME.exec(eveTime) ?? [];
  return time === undefined ? "" : `${time}Z`;
}
