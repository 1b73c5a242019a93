import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

/** One record as kcat, a client that is not ours, reads it. */
export interface ConsumedRecord {
  readonly partition: number;
  readonly offset: number;
  /** "" for none. */
  readonly key: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly value: string;
}

const run = promisify(execFile);

/** Whether a broker answers a request for metadata within a second. */
export async function isReady(broker: string): Promise<boolean> {
  try {
    await run("kcat", ["-b", broker, "-L", "-m", "1"]);
    return true;
  } catch {
    return false;
  }
}

/** Every record of a topic, in order of the partitions; values must hold no tab or line feed. */
export async function* consume(broker: string, topic: string): AsyncGenerator<ConsumedRecord> {
  const format = ["-f", "%p\t%o\t%k\t%h\t%s\n"];
  const fast = ["-X", "fetch.wait.max.ms=20"];
  const options = [
    "-b",
    broker,
    ...fast,
    "-C",
    "-t",
    topic,
    "-o",
    "beginning",
    "-e",
    "-q",
    ...format,
  ];
  const child = spawn("kcat", options, { stdio: ["ignore", "pipe", "pipe"] });
  const exit = once(child, "close");
  let problems = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    problems += text;
  });
  for await (const row of createInterface({ input: child.stdout })) {
    const [partition = "", offset = "", key = "", headers = "", value = ""] = row.split("\t");
    yield {
      partition: Number(partition),
      offset: Number(offset),
      key,
      headers: new Map(headers.split(",").map((pair) => pairOf(pair))),
      value,
    };
  }
  await exit;
  if (child.exitCode !== 0) throw new Error(`kcat failed (${child.exitCode}): ${problems}`);
}

export async function consumeAll(broker: string, topic: string): Promise<ConsumedRecord[]> {
  const records: ConsumedRecord[] = [];
  for await (const record of consume(broker, topic)) records.push(record);
  return records;
}

function pairOf(text: string): [string, string] {
  const at = text.indexOf("=");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
