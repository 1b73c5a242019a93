import type { CaseRecord } from "../../detect/cases/case-record.ts";
import { eveTime } from "../eve/eve-header.ts";
import type { Markup } from "./markup.ts";
import { Picture } from "./svg.ts";

const WIDTH = 780;
const LEFT = 90;
const RIGHT = 20;
const ROW = 30;
const ROWS_MAX = 20;

/** The cases over time: a bar from start to end, a mark where each step began. */
export function timelinePicture(cases: readonly CaseRecord[]): Markup {
  const shown = cases.slice(0, ROWS_MAX);
  const startUs = Math.min(...shown.map((one) => one.startUs));
  const endUs = Math.max(...shown.map((one) => one.endUs), startUs + 1);
  const picture = new Picture(WIDTH, ROW * shown.length + 40);
  const x = (us: number) => LEFT + ((us - startUs) / (endUs - startUs)) * (WIDTH - LEFT - RIGHT);
  for (const [i, one] of shown.entries()) {
    const y = 8 + ROW * i;
    picture.text(4, y + 15, `${one.caseId.slice(0, 8)}`, "time");
    picture.box(
      x(one.startUs),
      y + 4,
      Math.max(3, x(one.endUs) - x(one.startUs)),
      14,
      `s${Math.min(3, one.severity)}`,
    );
    for (const step of one.steps) picture.line(x(step.startUs), y, x(step.startUs), y + 22, "step");
  }
  const bottom = ROW * shown.length + 14;
  picture.line(LEFT, bottom, WIDTH - RIGHT, bottom, "axis");
  picture.text(LEFT, bottom + 18, eveTime(startUs).slice(0, 19).replace("T", " "), "time");
  picture.text(
    WIDTH - RIGHT,
    bottom + 18,
    eveTime(endUs).slice(0, 19).replace("T", " "),
    "time",
    "end",
  );
  return picture.done(
    `Time of ${shown.length} cases, from ${eveTime(startUs)} to ${eveTime(endUs)}`,
  );
}
