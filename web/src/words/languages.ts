/** The languages of the page, and which of them somebody gets. */

/** Each by its own name; what comes first is what everybody else gets. */
export const LANGUAGES = { en: "English", de: "Deutsch" } as const;

/** For trying out: every letter is accented, and the second is written from right to left. */
export const PSEUDO = { "en-XA": "ltr", "ar-XB": "rtl" } as const;

export type Language = keyof typeof LANGUAGES | keyof typeof PSEUDO;

export function isLanguage(word: unknown): word is Language {
  return typeof word === "string" && (word in LANGUAGES || word in PSEUDO);
}

/** The first that the browser asks for and the page has. */
export function languageOf(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const language = tag.split("-")[0]?.toLowerCase() ?? "";
    if (language in LANGUAGES) return language as Language;
  }
  return "en";
}

/** How dates and numbers are written: as in the reader's country, where the browser names it. */
export function localeOf(language: Language, wanted: readonly string[]): string {
  if (language in PSEUDO) return "en";
  return wanted.find((tag) => tag.split("-")[0]?.toLowerCase() === language) ?? language;
}
