/** What the parts of the page say that are loaded when they are opened. */
import { about } from "./about";
import { acting } from "./acting";
import { keys } from "./keys";
import { pictures } from "./pictures";
import { settings } from "./settings";

export const far = { about, acting, keys, pictures, settings };
