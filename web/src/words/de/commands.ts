/** Was man nach einem Schrägstrich tippen kann; die Befehle selbst heißen überall gleich. */
import type { Catalogue } from "../en";

export const commands: Catalogue["commands"] = {
  title: "Was du tippen kannst",
  beginLine: "Neue Zeile beginnen",
  unknown: (name) => `Den Befehl /${name} gibt es nicht. /help zählt sie auf; //${name} sagt ihn.`,
  incomplete: (name, takes) => `Schreibe /${name} ${takes}.`,
  me: { takes: "TEXT", help: "Von dir selbst sagen" },
  join: { takes: "RAUM", help: "Einen öffentlichen Raum betreten" },
  create: { takes: "RAUM", help: "Einen Raum anlegen" },
  leave: { takes: "", help: "Diesen Raum verlassen" },
  msg: { takes: "NAME [TEXT]", help: "Einer Person schreiben" },
  who: { takes: "", help: "Sehen, wer hier ist" },
  rooms: { takes: "", help: "Alle Räume sehen" },
  link: { takes: "[CODE]", help: "Ein Terminal anmelden: zeigt einen Code, den man dort tippt, oder nimmt den, den es zeigt" },
  end: { takes: "SITZUNG", help: "Eine deiner Sitzungen abmelden" },
  logout: { takes: "", help: "Abmelden" },
  help: { takes: "", help: "Diese Liste sehen" },
};
