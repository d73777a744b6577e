import type { Language } from '../words';

export type Theme = 'light' | 'dark' | 'system';

const LANGUAGE_SLOT = 'madang.language';

/** The theme asked for in the address; else the system's. */
export function chosenTheme(search: string): Theme {
  const asked = new URLSearchParams(search).get('theme');
  return asked === 'dark' || asked === 'light' ? asked : 'system';
}

/** Dresses the page, and follows the system when nothing else was asked for. */
export function followTheme(page: HTMLElement, theme: Theme): void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const dress = () => {
    page.dataset.theme = theme === 'system' ? (system.matches ? 'dark' : 'light') : theme;
  };
  dress();
  if (theme === 'system') system.addEventListener('change', dress);
}

/** The language asked for in the address, else the one chosen before, else Korean. */
export function chosenLanguage(search: string, kept: Pick<Storage, 'getItem'>): Language {
  const asked = new URLSearchParams(search).get('lang') ?? kept.getItem(LANGUAGE_SLOT);
  return asked === 'en' ? 'en' : 'ko';
}

export function keepLanguage(language: Language, kept: Pick<Storage, 'setItem'>): void {
  kept.setItem(LANGUAGE_SLOT, language);
  document.documentElement.lang = language;
}
