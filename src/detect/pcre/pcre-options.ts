/** Flags of an expression. */
export interface PcreOptions {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
  readonly extended: boolean;
  readonly ungreedy: boolean;
  readonly dollarEndOnly: boolean;
}

/** The options behind `(?on-off)`. */
export function withFlags(options: PcreOptions, on: string, off: string): PcreOptions {
  const flag = (name: string, now: boolean) =>
    off.includes(name) ? false : on.includes(name) ? true : now;
  return {
    ignoreCase: flag("i", options.ignoreCase),
    multiline: flag("m", options.multiline),
    dotAll: flag("s", options.dotAll),
    extended: flag("x", options.extended),
    ungreedy: flag("U", options.ungreedy),
    dollarEndOnly: options.dollarEndOnly,
  };
}
