/** The page in English. Every other catalogue has the same keys, or does not compile. */
import { commands } from "./commands";
import { page } from "./page";
import { people } from "./people";
import { refusals } from "./refusals";
import { settings } from "./settings";
import { talk } from "./talk";

export const en = { commands, page, people, refusals, settings, talk };

export type Catalogue = typeof en;
