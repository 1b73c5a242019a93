import type { Command } from "commander";
import { type FileSource, openSource } from "../capture/file-source.ts";
import type { Config } from "../config/config.ts";
import { withPlaces } from "../emit/cases/call-places.ts";
import { EveWriter } from "../emit/eve/eve.ts";
import { printable } from "../emit/eve/eve-text.ts";
import { ladderText } from "../emit/ladder/ladder-text.ts";
import { bytes, count } from "../emit/number-text.ts";
import { PhoneNumbers, withNumbers } from "../emit/phone-numbers.ts";
import { EveFollower } from "../emit/watch/eve-follower.ts";
import { WatchModel } from "../emit/watch/watch-model.ts";
import { Pipeline } from "../pipeline/pipeline.ts";
import { openAddressNotes } from "./address-book.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import type { Messages } from "./messages.ts";
import {
  addCommonOptions,
  addKeyLogOption,
  type CommonOptions,
  configOf,
  withSets,
} from "./options.ts";
import { packetReceiver } from "./packet-receiver.ts";
import { readLadder } from "./read-ladder.ts";
import { openPrivacy } from "./record-outputs.ts";
import { readRulesOrFail } from "./rule-files.ts";
import type { Finish } from "./run.ts";
import { WatchSession, type WatchSource } from "./watch-session.ts";

interface WatchOptions extends CommonOptions {
  readonly eve?: string;
}

const FOLLOW_MS = 250;
const CALL_ID_MAX = 256;

/** `sipsentry watch` */
export function addWatch(program: Command, messages: Messages, finish: Finish): void {
  const command = program
    .command("watch")
    .description(
      "Look through cases, calls, streams and alerts on the terminal: of captures, or of a running sensor by the EVE file that it writes.",
    )
    .argument("[capture...]", "capture files or folders")
    .option("--eve <file>", "follow the EVE file of a running sensor instead");
  addKeyLogOption(addCommonOptions(command)).action(
    async (inputs: string[], options: WatchOptions) => {
      finish(await watch(inputs, withSets(options), messages));
    },
  );
}

async function watch(
  inputs: readonly string[],
  options: WatchOptions,
  messages: Messages,
): Promise<ExitCode> {
  refuse(inputs, options);
  const config = configOf(options, messages);
  const model = new WatchModel();
  const source =
    options.eve === undefined
      ? captureSource(inputs, { model, config, options, messages })
      : eveSource(options.eve, model);
  // What is said while the screen is up would be written over it.
  messages.level = "error";
  await new WatchSession(model, source).run();
  return ExitCode.OK;
}

function refuse(inputs: readonly string[], { eve }: WatchOptions): void {
  if ((eve === undefined) === (inputs.length === 0)) {
    throw new CommandError(ExitCode.USAGE, [
      "watch captures, or a sensor by --eve FILE, the EVE file that it writes; give one of them",
    ]);
  }
  if (inputs.includes("-") || process.stdin.isTTY !== true || process.stdout.isTTY !== true) {
    throw new CommandError(ExitCode.USAGE, [
      "watch needs a terminal for its screen and its keys; calls, replay and stats write to files and pipes",
    ]);
  }
}

interface CaptureParts {
  readonly model: WatchModel;
  readonly config: Config;
  readonly options: CommonOptions;
  readonly messages: Messages;
}

function captureSource(
  inputs: readonly string[],
  { config, messages, model, options }: CaptureParts,
): WatchSource {
  const { ruleSet } = readRulesOrFail(config, options, messages);
  const source: FileSource = openSource(inputs, { onNotice: () => {} });
  const pipeline = watchedPipeline(config, ruleSet, model);
  let state = "";
  return {
    run: async () => {
      const { problems } = await source.run(pipeline.onFrame);
      pipeline.finish();
      state = problems[0] ?? "read to its end";
    },
    close: () => source.close(),
    status: () => {
      const { bytesRead = 0, bytesTotal = 0 } = source;
      const share = bytesTotal > 0 ? Math.floor((100 * bytesRead) / bytesTotal) : 0;
      const { packets, sipMessages } = pipeline.statistics;
      return {
        source: inputs.join(" "),
        rates: `${count(packets)} packets, ${count(sipMessages)} SIP messages`,
        state: state === "" ? `reading, ${share} % of ${bytes(bytesTotal)}` : state,
      };
    },
    ladder: async (shown, width) => {
      // The record has it as text; as a terminal shows it, it is found whatever bytes it was.
      const callId = printable(shown, CALL_ID_MAX);
      const read = await readLadder({ inputs, callId, config, ruleSet, messages });
      return read.ladder.rows.length === 0
        ? ""
        : ladderText(read.ladder, { isColored: false, width });
    },
  };
}

/** A pipeline whose records become rows. */
function watchedPipeline(
  config: Config,
  ruleSet: ConstructorParameters<typeof Pipeline>[0]["ruleSet"],
  model: WatchModel,
): Pipeline {
  const privacy = openPrivacy(config);
  const numbers = new PhoneNumbers(config.eve.homeCountry);
  const book = openAddressNotes(config, () => pipeline);
  const notes = (ip: string) => book.of(ip);
  const writer = new EveWriter({ ...config.eve, isReplay: true, interfaceName: "", notes });
  const pipeline: Pipeline = new Pipeline({
    config,
    ruleSet,
    outputs: {
      ...packetReceiver(null, config.addresses.names ? book : null),
      alert: (alert) => model.add(writer.alert(privacy.alert(alert))),
      case: (record) => model.add(writer.case(privacy.case(withPlaces(record, numbers)))),
      call: (record) =>
        model.add(writer.call(privacy.call(withNumbers(record, numbers))).toString()),
    },
  });
  return pipeline;
}

function eveSource(path: string, model: WatchModel): WatchSource {
  const follower = new EveFollower(path, (line) => model.add(line));
  let timer: NodeJS.Timeout | undefined;
  let last = { records: 0, alerts: 0, atMs: performance.now() };
  let rates = "";
  const measure = (): void => {
    const atMs = performance.now();
    const seconds = (atMs - last.atMs) / 1e3;
    if (seconds < 1) return;
    const perS = (now: number, before: number) => ((now - before) / seconds).toFixed(1);
    const { alerts, records } = model;
    rates = `${perS(records, last.records)} records/s, ${perS(alerts, last.alerts)} alerts/s`;
    last = { records, alerts, atMs };
  };
  return {
    run: () => {
      const step = (): void => {
        const hasMore = follower.read();
        measure();
        timer = setTimeout(step, hasMore ? 0 : FOLLOW_MS);
      };
      step();
      return new Promise(() => {});
    },
    close: () => {
      clearTimeout(timer);
      follower.close();
    },
    status: () => ({ source: path, rates, state: follower.problem || "following" }),
    ladder: null,
  };
}
