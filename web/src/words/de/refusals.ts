/** Was der Server ablehnt. Wo er mehr weiß, als ein Code sagt, steht sein englischer Satz dabei. */
import type { Code } from "../../model";
import type { Catalogue } from "../en";

const SENTENCES: Record<Code, string> = {
  already_a_member: "Diese Person ist schon Mitglied.",
  already_logged_in: "Du bist schon angemeldet.",
  bad_file: "Diese Datei wird nicht angenommen.",
  bad_name: "Ein Name beginnt mit einem Buchstaben a–z und hat höchstens 31 Buchstaben, Ziffern, Binde- und Unterstriche.",
  bad_origin: "Der Server antwortet Seiten von dieser Adresse nicht.",
  bad_request: "Das hat der Server nicht verstanden.",
  banned: "Du bist hier ausgesperrt.",
  forbidden: "Das darfst du nicht.",
  internal: "Im Server ist etwas schiefgegangen. Versuche es noch einmal.",
  key_reused: "Das wurde mit anderem Inhalt schon einmal gesendet.",
  muted: "Du bist hier stummgeschaltet.",
  name_taken: "Dieser Name ist vergeben.",
  no_space: "Auf dem Server ist kein Platz mehr.",
  no_such_file: "Diese Datei gibt es nicht.",
  no_such_invitation: "Diese Einladung gibt es nicht.",
  no_such_message: "Diese Nachricht gibt es nicht.",
  no_such_report: "Diese Meldung gibt es nicht.",
  no_such_room: "Diesen Raum gibt es nicht.",
  no_such_sanction: "Diese Maßnahme gibt es nicht.",
  no_such_session: "Diese Sitzung gibt es nicht.",
  no_such_token: "Diesen Token gibt es nicht.",
  no_such_user: "Niemand heißt so.",
  not_a_member: "Du bist nicht in diesem Raum.",
  not_logged_in: "Du bist nicht angemeldet.",
  too_fast: "Das war zu schnell. Warte einen Moment.",
  too_long: "Das ist zu lang.",
  too_many: "Das sind zu viele.",
  totp_required: "Dieses Konto braucht auch einen Code aus der Authenticator-App.",
  unavailable: "Der Server ist gerade nicht zu erreichen. Versuche es gleich noch einmal.",
  unknown_type: "Das kennt der Server nicht.",
  wrong_code: "Dieser Code stimmt nicht.",
  wrong_password: "Name oder Passwort stimmt nicht.",
  wrong_token: "Dieser Token stimmt nicht.",
};

/** Die vieles heißen können. */
const VAGUE: readonly Code[] = ["bad_file", "bad_request", "banned", "forbidden", "muted", "too_fast", "too_long", "too_many"];

const ENDED: Readonly<Record<number, string>> = {
  1000: "Der Server hat sich verabschiedet.",
  1009: "Diese Nachricht ist viel zu groß.",
  4003: "Zu vieles von dem, was gesendet wurde, war unverständlich.",
  4004: "Du bist von diesem Server ausgesperrt.",
};

export const refusals: Catalogue["refusals"] = {
  sentence: (code, said) => (VAGUE.includes(code) ? `${SENTENCES[code]} (${said})` : (SENTENCES[code] ?? said)),
  ended: (close, said) => ENDED[close] ?? (said || "Der Server hat die Verbindung beendet."),
};
