/** Die Karte einer Person, und was man mit Begründung tun kann. */
import type { Catalogue } from "../en";
import { counting } from "../plural";

const { many } = counting("de");

function spell(minutes: number): string {
  if (minutes % 1440 === 0) return many(minutes / 1440, { one: "{n} Tag", other: "{n} Tage" });
  if (minutes % 60 === 0) return many(minutes / 60, { one: "{n} Stunde", other: "{n} Stunden" });
  return many(minutes, { one: "{n} Minute", other: "{n} Minuten" });
}

export const acting: Catalogue["acting"] = {
  card: (name) => `Über ${name}`,
  kinds: { user: "Konto", guest: "Gast", bot: "Bot" },
  onServer: (what) => `${what} dieses Servers`,
  web: "im Browser",
  line: "am Terminal",
  hereBy: (how, where) => `${how} ${where}`,
  notHere: "Nicht hier",
  lastSeen: (when) => `Zuletzt hier: ${when}`,
  thisIsYou: "Das bist du.",
  editProfile: "Ändern, wie andere dich sehen",
  write: "Direkt schreiben",
  mention: "Erwähnen",
  ignore: "Ignorieren",
  unignore: "Nicht mehr ignorieren",
  ignored: "Du ignorierst diese Person: Nichts von ihr erreicht dich. Sie erfährt es nicht.",
  inRoom: (room) => `In #${room}`,
  onThisServer: "Auf diesem Server",
  notMember: "Gehört nicht zu diesem Raum.",
  role: "Rolle",
  roleChanged: "Die Rolle ist geändert.",
  invite: (room) => `In #${room} einladen`,
  invited: "Die Einladung ist unterwegs.",
  kick: "Entfernen",
  ban: "Aussperren",
  mute: "Stummschalten",
  unban: "Wieder einlassen",
  unmute: "Wieder sprechen lassen",
  banned: (until) => (until === "" ? "Für immer ausgesperrt" : `Ausgesperrt bis ${until}`),
  muted: (until) => (until === "" ? "Für immer stummgeschaltet" : `Stummgeschaltet bis ${until}`),
  because: (what, why) => `${what}: ${why}`,
  lifted: "Das ist aufgehoben.",

  kickTitle: (name, room) => `${name} aus #${room} entfernen?`,
  kickHint: "Die Person darf wiederkommen. Alle im Raum erfahren es.",
  banTitle: (name, room) => `${name} aus #${room} aussperren?`,
  banHint: "Die Person wird entfernt und darf so lange nicht wiederkommen. Alle im Raum erfahren es.",
  muteTitle: (name, room) => `${name} in #${room} stummschalten?`,
  muteHint: "Die Person liest weiter mit und kann so lange nichts sagen. Alle im Raum erfahren es.",
  serverBanTitle: (name) => `${name} von diesem Server aussperren?`,
  serverBanHint: "Die Person wird überall abgemeldet und darf so lange nicht wiederkommen.",
  serverMuteTitle: (name) => `${name} auf diesem Server stummschalten?`,
  serverMuteHint: "Die Person liest weiter mit und kann so lange in keinem Raum etwas sagen.",
  reason: "Grund (wird der Person gesagt)",
  howLong: "Wie lange",
  term: (minutes) => (minutes === 0 ? "Für immer" : spell(minutes)),
  kicked: (name) => `${name} ist entfernt.`,
  isBanned: (name) => `${name} ist ausgesperrt.`,
  isMuted: (name) => `${name} ist stummgeschaltet.`,

  reportTitle: "Diese Nachricht melden?",
  reportHint: "Wer hier für Ordnung sorgt, erfährt es, auch von wem. Wer sie geschrieben hat, erfährt es nicht.",
  reportNote: "Was daran nicht in Ordnung ist",
  reportSent: "Wer hier für Ordnung sorgt, weiß es jetzt.",
};
