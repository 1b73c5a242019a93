import { CALL_STORIES } from "./calls.ts";
import { DIALOG_STORIES } from "./dialogs.ts";
import { FORK_STORIES } from "./forks.ts";
import { MEDIA_STORIES } from "./media-kinds.ts";
import { MOVING_STORIES } from "./moving.ts";
import { REGISTRATION_STORIES } from "./registrations.ts";
import { SERVER_STORIES } from "./servers.ts";
import type { HonestStory } from "./story.ts";

export const HONEST_STORIES: readonly HonestStory[] = [
  ...REGISTRATION_STORIES,
  ...CALL_STORIES,
  ...DIALOG_STORIES,
  ...FORK_STORIES,
  ...SERVER_STORIES,
  ...MOVING_STORIES,
  ...MEDIA_STORIES,
];
