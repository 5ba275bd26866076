/** What the parts of the page say that are loaded when they are opened. */
import { keys } from "./keys";
import { settings } from "./settings";

export const far = { keys, settings };
