/** Was die Teile der Seite sagen, die erst beim Öffnen geladen werden. */
import type { Far } from "../en";
import { about } from "./about";
import { acting } from "./acting";
import { keys } from "./keys";
import { pictures } from "./pictures";
import { settings } from "./settings";

export const far: Far = { about, acting, keys, pictures, settings };
