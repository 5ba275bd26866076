/** Die Seite auf Deutsch; geladen, wenn jemand sie so will. */
import type { Catalogue } from "../en";
import { commands } from "./commands";
import { page } from "./page";
import { people } from "./people";
import { refusals } from "./refusals";
import { settings } from "./settings";
import { talk } from "./talk";

export const de: Catalogue = { commands, page, people, refusals, settings, talk };
