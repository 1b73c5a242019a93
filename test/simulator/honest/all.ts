import { CALL_STORIES } from "./calls.ts";
import { REGISTRATION_STORIES } from "./registrations.ts";
import type { HonestStory } from "./story.ts";

export const HONEST_STORIES: readonly HonestStory[] = [...REGISTRATION_STORIES, ...CALL_STORIES];
