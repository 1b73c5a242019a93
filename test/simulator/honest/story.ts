import type { Scene } from "../scene.ts";

/** Something that happens on a healthy network. Alone or with others it must raise nothing of severity 1 or 2. */
export interface HonestStory {
  readonly name: string;
  readonly play: (scene: Scene) => void;
}
