import { printable } from "../emit/eve-text.ts";

export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const LINE_MAX = 2_000;

/** Messages about the run, one line each, on standard error. Results go to standard output, not here. */
export class Messages {
  level: LogLevel = "info";
  /** Called before a line is written: what is drawn on the terminal has to make room. */
  onWrite: () => void = () => {};

  error(line: string): void {
    this.#write("error", line);
  }

  warn(line: string): void {
    this.#write("warn", line);
  }

  info(line: string): void {
    this.#write("info", line);
  }

  debug(line: string): void {
    this.#write("debug", line);
  }

  #write(level: LogLevel, line: string): void {
    if (LOG_LEVELS.indexOf(level) > LOG_LEVELS.indexOf(this.level)) return;
    this.onWrite();
    process.stderr.write(`sipsentry: ${printable(line, LINE_MAX)}\n`);
  }
}
