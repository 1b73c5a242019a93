/** Whether a text is well-formed XML, as far as our pages use it: elements, attributes, comments. */
export function xmlProblem(text: string): string {
  const open: string[] = [];
  const tags = /<!--[\s\S]*?-->|<(\/?)([\w-]+)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>|[<>]|&(?!\w+;)/g;
  for (const [tag, isEnd, name, , isEmpty] of text.matchAll(tags)) {
    if (tag.startsWith("<!--")) continue;
    if (name === undefined) return `stray ${tag}`;
    if (isEnd === "/") {
      const last = open.pop();
      if (last !== name) return `</${name}> ends <${last ?? ""}>`;
    } else if (isEmpty !== "/") {
      open.push(name);
    }
  }
  return open.length === 0 ? "" : `<${open.join("><")}> is not ended`;
}

export interface IniSetting {
  readonly section: string;
  readonly key: string;
  readonly value: string;
}

/** Settings of an INI file; throws at a line that is none, or a key that comes twice. */
export function iniSettings(text: string): IniSetting[] {
  const settings: IniSetting[] = [];
  let section = "";
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const [, name] = /^\[(.+)\]$/.exec(line) ?? [];
    const [, key, value = ""] = /^([\w-]+(?:\.[\w-]+)*) ?= ?(.*)$/.exec(line) ?? [];
    if (name !== undefined) section = name;
    else if (key === undefined || section === "") throw new Error(`no setting: ${line}`);
    else if (settings.some((other) => other.section === section && other.key === key)) {
      throw new Error(`[${section}] has ${key} twice`);
    } else settings.push({ section, key, value });
  }
  return settings;
}
