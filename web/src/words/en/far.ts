/** What the parts of the page say that are loaded when they are opened. */
import { settings } from "./settings";

export const far = { settings };
