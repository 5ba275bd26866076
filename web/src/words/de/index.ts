/** Die Seite auf Deutsch; geladen, wenn jemand sie so will. */
import type { Near } from "../en";
import { commands } from "./commands";
import { page } from "./page";
import { people } from "./people";
import { refusals } from "./refusals";
import { talk } from "./talk";

export const de: Near = { commands, page, people, refusals, talk };
