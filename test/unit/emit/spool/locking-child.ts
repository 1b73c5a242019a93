import { lockSpool } from "../../../../src/emit/spool/spool-lock.ts";

/** Takes the lock when told "lock", says whether it has it, and gives it back when told "unlock". */

const dir = process.argv[2] ?? "";
let unlock = () => {};

process.on("message", (order) => {
  let answer = "unlocked";
  if (order === "lock") {
    try {
      unlock = lockSpool(dir);
      answer = "got";
    } catch (error) {
      unlock = () => {};
      answer = (error as Error).message;
    }
  } else {
    unlock();
  }
  process.send?.(answer);
});
process.send?.("ready");
