import { createContext, use } from 'react';
import { say, type Gaps, type Language, type Word } from '../words';
import { money } from './money';
import { useStore } from './store';
import type { Till, TillState } from './till';
import type { Text } from '../api/types';

export const TillContext = createContext<Till | undefined>(undefined);

/** The till of this page. */
export function useTill(): Till {
  const till = use(TillContext);
  if (till === undefined) throw new Error('a part of the screen was drawn outside the till');
  return till;
}

/** A part of what the screen knows; only a change of this part draws the caller again. */
export function useTillState<Part>(select: (state: TillState) => Part): Part {
  return useStore(useTill().store, select);
}

/** How the screen speaks now. */
export interface Speech {
  language: Language;
  say: (word: Word, gaps?: Gaps) => string;
  money: (won: number) => string;
  /** A name of the shop in the screen's language. */
  name: (text: Text) => string;
  /** The name in the other language, for the small line below. */
  other: (text: Text) => string | undefined;
}

export function useSpeech(): Speech {
  const language = useTillState((state) => state.language);
  return speechOf(language);
}

const speeches: Record<Language, Speech> = { ko: makeSpeech('ko'), en: makeSpeech('en') };

export function speechOf(language: Language): Speech {
  return speeches[language];
}

function makeSpeech(language: Language): Speech {
  return {
    language,
    say: (word, gaps) => say(language, word, gaps),
    money: (won) => money(won, language),
    name: (text) => (language === 'en' ? (text.en ?? text.ko) : text.ko),
    other: (text) => (language === 'en' ? text.ko : (text.en ?? undefined)),
  };
}
