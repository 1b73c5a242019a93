import type { Logger } from "pino";
import { loadLater } from "../base/load-later.ts";
import { printable } from "../emit/eve/eve-text.ts";

export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** `text` is for people, `json` for what collects logs. */
export const LOG_FORMATS = ["text", "json"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** What a message is about, for programs that read it: an interface, an output. JSON lines only. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

const LINE_MAX = 2_000;

/**
 * Messages about the run, one line each, on standard error. Results go to standard output, not here.
 * A line is written before the call returns, so none is lost at the end.
 */
export class Messages {
  level: LogLevel = "info";
  format: LogFormat = "text";
  /** Called before a line is written: what is drawn on the terminal has to make room. */
  onWrite: () => void = () => {};
  #logger: Logger | null = null;

  error(line: string, fields: LogFields = {}): void {
    this.#write("error", line, fields);
  }

  warn(line: string, fields: LogFields = {}): void {
    this.#write("warn", line, fields);
  }

  info(line: string, fields: LogFields = {}): void {
    this.#write("info", line, fields);
  }

  debug(line: string, fields: LogFields = {}): void {
    this.#write("debug", line, fields);
  }

  #write(level: LogLevel, line: string, fields: LogFields): void {
    if (LOG_LEVELS.indexOf(level) > LOG_LEVELS.indexOf(this.level)) return;
    this.onWrite();
    const text = printable(line, LINE_MAX);
    if (this.format === "text") {
      process.stderr.write(`sipsentry: ${text}\n`);
      return;
    }
    this.#logger ??= jsonLogger();
    this.#logger[level](printableFields(fields), text);
  }
}

/** `{"level":"info","time":"2026-11-21T10:00:00.000Z","pid":1,"msg":"..."}`; the level is judged before. */
function jsonLogger(): Logger {
  // Loaded when it is wanted: it is a good part of the time that a command takes to start.
  const { pino, stdTimeFunctions } = loadLater("pino") as typeof import("pino");
  return pino(
    {
      level: "debug",
      base: { pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    // Not pino's own destination: Node writes to files, pipes and sockets before it returns, and a
    // reader that goes away is dealt with once, in program.ts.
    { write: (line) => process.stderr.write(line) },
  );
}

function printableFields(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === "string" ? printable(value, LINE_MAX) : value,
    ]),
  );
}
