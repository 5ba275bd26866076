/** The page in English: what its first view may say. Every other catalogue has the same keys, or does not compile. */
import type { far } from "./far";
import { commands } from "./commands";
import { page } from "./page";
import { people } from "./people";
import { refusals } from "./refusals";
import { talk } from "./talk";

export const en = { commands, page, people, refusals, talk };

export type Near = typeof en;
export type Far = typeof far;
export type Catalogue = Near & Far;
