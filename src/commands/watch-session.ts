import { emitKeypressEvents } from "node:readline";
import type { WatchModel } from "../emit/watch/watch-model.ts";
import { WatchScreen } from "../emit/watch/watch-screen.ts";
import { type WatchKey, type WatchStatus, WatchView } from "../emit/watch/watch-view.ts";
import { onStopSignal } from "./stop-signal.ts";

/** Where records come from. */
export interface WatchSource {
  /** Begins to read; resolves when there is nothing more. */
  run(): Promise<void>;
  close(): void;
  status(): WatchStatus;
  /** Null where no packets are at hand. */
  readonly ladder: ((callId: string, width: number) => Promise<string>) | null;
}

const DRAW_MS = 200;

/** The terminal while `watch` has it: keys in, screens out. */
export class WatchSession {
  readonly #source: WatchSource;
  readonly #view: WatchView;
  readonly #screen = new WatchScreen(process.stdout);
  readonly #isColored = (process.env.NO_COLOR ?? "") === "";
  #end: () => void = () => {};

  constructor(model: WatchModel, source: WatchSource) {
    this.#source = source;
    this.#view = new WatchView(model);
    const { ladder } = source;
    if (ladder !== null) this.#view.onLadder = (callId) => this.#readLadder(callId, ladder);
  }

  /** Until `q` or a signal. Rejects when the source does; the terminal is as before in any case. */
  async run(): Promise<void> {
    const { stdin, stdout } = process;
    const ended = new Promise<void>((resolve) => {
      this.#end = resolve;
    });
    const removeHandlers = onStopSignal(() => this.#end());
    const onExit = () => this.#screen.close();
    process.once("exit", onExit);
    emitKeypressEvents(stdin);
    stdin.setRawMode(true);
    stdin.on("keypress", this.#onKey).resume();
    stdout.on("resize", this.#onResize);
    this.#screen.open();
    const timer = setInterval(() => this.#draw(), DRAW_MS);
    try {
      this.#draw();
      const failed = this.#source.run().then(() => ended);
      await Promise.race([ended, failed]);
    } finally {
      clearInterval(timer);
      stdin.off("keypress", this.#onKey).pause();
      stdin.setRawMode(false);
      stdout.off("resize", this.#onResize);
      process.off("exit", onExit);
      removeHandlers();
      this.#screen.close();
      this.#source.close();
    }
  }

  readonly #onKey = (_text: string | undefined, key: WatchKey): void => {
    this.#view.key(key);
    if (this.#view.isEnded) this.#end();
    else this.#draw();
  };

  readonly #onResize = (): void => {
    this.#screen.forget();
    this.#draw();
  };

  #draw(): void {
    const { size } = this.#screen;
    this.#screen.draw(this.#view.render(size, this.#source.status(), this.#isColored));
  }

  #readLadder(callId: string, ladder: NonNullable<WatchSource["ladder"]>): void {
    const told = (text: string): void => {
      this.#view.showLadder(callId, text);
      this.#draw();
    };
    // Without one the call's fields are shown alone.
    ladder(callId, this.#screen.size.width).then(told, () => told(""));
  }
}
