/** Numbers and what is counted, as a language has it. */

/** A sentence for each plural form that the language has; `{n}` stands for the number. */
export type Forms = { readonly other: string } & { readonly [Rule in Intl.LDMLPluralRule]?: string };

export interface Counting {
  number(count: number): string;
  many(count: number, forms: Forms): string;
}

export function counting(language: string): Counting {
  const rules = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(language, { useGrouping: "min2" });
  return {
    number: (count) => numbers.format(count),
    many: (count, forms) => (forms[rules.select(count)] ?? forms.other).replaceAll("{n}", numbers.format(count)),
  };
}
