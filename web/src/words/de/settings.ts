/** Wie jemand die Seite mag. */
import type { Catalogue } from "../en";

export const settings: Catalogue["settings"] = {
  title: "Einstellungen",
  colours: "Farben",
  likeSystem: "Wie das System",
  light: "Hell",
  dark: "Dunkel",
  language: "Sprache",
  likeBrowser: "Wie der Browser",
  enterKey: "Die Eingabetaste",
  enterSends: "Sendet die Nachricht; Umschalt+Eingabe beginnt eine neue Zeile",
  enterBreaks: "Beginnt eine neue Zeile; Umschalt+Eingabe sendet",
  notices: "Wenn mir jemand schreibt oder mich erwähnt und ich nicht hinsehe",
  notify: "Eine Benachrichtigung zeigen",
  notifyBlocked: "Dieser Browser lässt die Seite keine Benachrichtigungen zeigen. Seine Einstellungen für diese Seite können das ändern.",
  sound: "Einen Ton spielen",
  keptHere: "Diese Einstellungen werden in diesem Browser aufbewahrt.",
};
