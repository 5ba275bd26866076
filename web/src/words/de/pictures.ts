/** Die Bilder, durch die Leute und Räume gezeigt werden. */
import type { Catalogue } from "../en";

export const pictures: Catalogue["pictures"] = {
  own: "Dein Bild",
  ofRoom: "Das Bild des Raums",
  choose: "Bild wählen …",
  chooseOther: "Anderes wählen …",
  remove: "Entfernen",
  rule: "PNG, JPEG, GIF oder WebP. Was davon zu sehen ist, wählst du gleich.",
  noImage: "Diese Datei ist kein Bild, das dein Browser öffnen kann. Wähle PNG, JPEG, GIF oder WebP.",
  crop: "Was soll zu sehen sein?",
  stage: "Dein Bild. Zieh es, oder beweg es mit den Pfeiltasten.",
  zoom: "Größer oder kleiner",
  asSeen: "So sehen es die anderen",
  use: "Verwenden",
  sending: "Wird gesendet …",
  kept: "Alle sehen es jetzt.",
  removed: "Es ist entfernt.",
  guest: "Gäste haben kein Bild. Melde dich ab und lege ein Konto an, um eines zu haben.",
};
