import type { Target } from "../engine/target.ts";
import { BODY_READERS } from "./bodies.ts";
import { TRANSLATIONS } from "./dialects.ts";
import { EVENT_STREAMS } from "./event-streams.ts";
import { HTTP_READERS } from "./http.ts";
import { SESSIONS } from "./sessions.ts";
import { SETTINGS } from "./settings.ts";

/** Everything that reads bytes from outside. Add yours here. */
export const TARGETS: readonly Target[] = [
  ...SESSIONS,
  ...EVENT_STREAMS,
  ...BODY_READERS,
  ...HTTP_READERS,
  ...TRANSLATIONS,
  ...SETTINGS,
];
