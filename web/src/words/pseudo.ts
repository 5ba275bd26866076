/** English with every letter accented and a third longer, so that what stands outside the catalogues is seen. */
const FOREIGN = new Map(
  Array.from("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", (letter, index) => [
    letter,
    [..."áƀçðéƒĝĥíĵķļɱñóþǫŕšţúṽŵẋýžÁƁÇÐÉƑĜĤÍĴĶĻṀÑÓÞǪŔŠŢÚṼŴẊÝŽ"][index] ?? letter,
  ]),
);

/** What is put into a text is left as it is; while the text is made, these stand for it. */
const STAND_INS = 0xe000;

export function pseudo<Words extends object>(catalogue: Words): Words {
  return changed(catalogue) as Words;
}

function changed(value: unknown): unknown {
  if (typeof value === "string") return accented(value);
  if (typeof value === "function") return (...given: unknown[]) => called(value as (...given: unknown[]) => unknown, given);
  return Object.fromEntries(Object.entries(value as object).map(([key, inner]) => [key, changed(inner)]));
}

function called(make: (...given: unknown[]) => unknown, given: readonly unknown[]): unknown {
  const held = given.map((one, index) => (typeof one === "string" && one !== "" ? String.fromCharCode(STAND_INS + index) : one));
  const made = make(...held);
  if (typeof made !== "string") return made;
  return accented(made).replace(/[\ue000-\ue0ff]/g, (sign) => String(given[sign.charCodeAt(0) - STAND_INS]));
}

function accented(text: string): string {
  const parts = text.split(/(\{\w+\}|\/[a-z]+)/); // places to be filled, and commands, which are the same everywhere
  const letters = parts.map((part, index) => (index % 2 === 1 ? part : Array.from(part, (one) => FOREIGN.get(one) ?? one).join("")));
  return letters.join("") + "·".repeat(Math.round(text.length / 6));
}
