/** Was die Teile der Seite sagen, die erst beim Öffnen geladen werden. */
import type { Far } from "../en";
import { settings } from "./settings";

export const far: Far = { settings };
