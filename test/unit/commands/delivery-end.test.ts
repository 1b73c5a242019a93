import { expect, test } from "vitest";
import { deliveryEnds } from "../../../src/commands/delivery-end.ts";
import type { Delivery } from "../../../src/emit/delivery/delivery.ts";

const account = {
  ...{ raised: 5, carried: 0, delivered: 0, waiting: 5 },
  lost: { spoolFull: 0, damaged: 0, notTaken: 0, notSent: 0, refused: 0 },
};

function linesOf(problem: string, isOwn: boolean): readonly string[] {
  const outputs = [{ name: "http://a/", account, problem }];
  const delivery = { isCounted: true, snapshot: () => ({ outputs }) } as unknown as Delivery;
  return deliveryEnds(delivery, { dir: "/spool", isOwn }).flatMap(({ lines }) => lines);
}

test("what was not acknowledged is told with what the output said last, if it had said anything", () => {
  expect(linesOf("nothing listens there", true)).toEqual([
    "5 of 5 records are lost to http://a/: 5 not acknowledged (nothing listens there) and the spool of a replay goes with it (--set spool.dir=FOLDER keeps it)",
  ]);
  expect(linesOf("nothing listens there", false)[0]).toMatch(
    /^5 records are not acknowledged by http:\/\/a\/ \(nothing listens there\); they wait in \/spool and/,
  );
  expect(linesOf("", false)[0]).toMatch(
    /^5 records are not acknowledged by http:\/\/a\/; they wait/,
  );
});
