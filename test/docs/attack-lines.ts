import { join, relative } from "node:path";
import { ecsLine } from "../../src/emit/outputs/ecs.ts";
import { ROOT, sipsentry } from "../cli/cli.ts";
import { PCAPS } from "../support/bundled-captures.ts";

/** A line of a replay, as a page names it: `eve: CAPTURE SID alert|incident`, or `ecs: ...`. */
export interface LineName {
  readonly format: "eve" | "ecs";
  readonly capture: string;
  readonly sid: number;
  readonly type: string;
}

const NAME = /^(eve|ecs): (\S+) (\d+) (alert|incident)$/;

export function lineName(note: string): LineName | null {
  const [, format, capture = "", sid, type = ""] = NAME.exec(note) ?? [];
  if (format !== "eve" && format !== "ecs") return null;
  return { format, capture, sid: Number(sid), type };
}

const replays = new Map<string, Promise<readonly string[]>>();

/** EVE lines that `sipsentry replay --eve -` prints for a bundled capture. */
export function eveLines(capture: string): Promise<readonly string[]> {
  const known = replays.get(capture);
  if (known !== undefined) return known;
  const run = replay(capture);
  replays.set(capture, run);
  return run;
}

async function replay(capture: string): Promise<readonly string[]> {
  const { exitCode, stderr, stdout } = await sipsentry([
    ...["replay", "--quiet", "--eve", "-"],
    // As a user names it, so that no page holds a path of this machine.
    relative(ROOT, join(PCAPS, capture)),
  ]);
  if (exitCode !== 0) throw new Error(stderr);
  return stdout.split("\n").slice(0, -1);
}

/** The first line of this rule and type. */
export async function lineOf({ capture, format, sid, type }: LineName): Promise<string> {
  const lines = await eveLines(capture);
  const line = lines.find(
    (text) => text.includes(`"event_type":"${type}"`) && text.includes(`"signature_id":${sid},`),
  );
  if (line === undefined) throw new Error(`${capture} gives no ${type} of ${sid}`);
  return format === "ecs" ? `${JSON.stringify(JSON.parse(ecsLine(line)), null, 2)}` : line;
}
