/** Was die Teile der Seite sagen, die erst beim Öffnen geladen werden. */
import type { Far } from "../en";
import { keys } from "./keys";
import { settings } from "./settings";

export const far: Far = { keys, settings };
