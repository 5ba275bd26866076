/** All that the page says, in the language of who reads it. */
import { en, type Catalogue } from "./en";
import { PSEUDO, localeOf, type Language } from "./languages";

export type { Catalogue };

interface Tongue {
  readonly language: Language;
  readonly words: Catalogue;
  /** For dates and numbers. */
  readonly locale: string;
}

const START: Tongue = { language: "en", words: en, locale: "en" };

let tongue: Tongue = $state.raw(START);
/** What was asked for last: what is loaded later than that is late. */
let wanted: Language = "en";

/** `t.talk.reply` is what the page says there; it follows the language, in components too. */
export const t: Catalogue = new Proxy(en, {
  get: (_, section) => Reflect.get(tongue.words, section) as unknown,
});

export function locale(): string {
  return tongue.locale;
}

export function language(): Language {
  return tongue.language;
}

/** Speak a language from now on. Where it cannot be loaded, the page goes on as before. */
export async function speak(which: Language, { navigator, document }: Pick<Window, "navigator" | "document">): Promise<void> {
  wanted = which;
  let words: Catalogue;
  try {
    words = await load(which);
  } catch {
    return; // offline: the next time may be better
  }
  if (wanted !== which) return;
  tongue = { language: which, words, locale: localeOf(which, navigator.languages) };
  document.documentElement.lang = which;
  document.documentElement.dir = which in PSEUDO ? PSEUDO[which as keyof typeof PSEUDO] : "ltr";
}

async function load(which: Language): Promise<Catalogue> {
  switch (which) {
    case "en":
      return en;
    case "de":
      return (await import("./de")).de;
    case "en-XA":
    case "ar-XB":
      return (await import("./pseudo")).pseudo(en);
  }
}
