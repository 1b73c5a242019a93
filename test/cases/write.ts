import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ALL_CASES } from "./all-cases.ts";
import { captureOf } from "./scene.ts";

/** `node --import tsx test/cases/write.ts DIR`: all scenes as captures, and CASES.tsv beside them. */

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: node --import tsx test/cases/write.ts DIR");
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
const rows = ["file\texpect\tkind\twhat"];
for (const scene of ALL_CASES) {
  const file = `${scene.name}.pcap`;
  writeFileSync(join(folder, file), captureOf(scene));
  rows.push([file, scene.expect, scene.kind, scene.what].join("\t"));
}
writeFileSync(join(folder, "CASES.tsv"), `${rows.join("\n")}\n`);
console.log(`${ALL_CASES.length} captures in ${folder}`);
