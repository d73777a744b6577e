import type { Language } from '../words';
import { grouped } from '../till/money';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const units: Record<number, Record<Language, string>> = {
  [DAY_MS]: { ko: '일', en: ' d' }, [HOUR_MS]: { ko: '시간', en: ' h' }, [MINUTE_MS]: { ko: '분', en: ' min' }, [SECOND_MS]: { ko: '초', en: ' s' },
};

/** A length of time in its two largest units, as reports of `madang mine` say it: `9분 12초`, `3 d 4 h`, `0.62초`. */
export function lengthInWords(lengthMs: number, language: Language): string {
  const unit = (ms: number) => units[ms]?.[language] ?? '';
  for (const [large, small] of [[DAY_MS, HOUR_MS], [HOUR_MS, MINUTE_MS], [MINUTE_MS, SECOND_MS]] as const) {
    if (lengthMs < large) continue;
    const few = Math.floor((lengthMs % large) / small);
    const many = `${grouped(Math.floor(lengthMs / large))}${unit(large)}`;
    return few === 0 ? many : `${many} ${few}${unit(small)}`;
  }
  return `${seconds(lengthMs)}${unit(SECOND_MS)}`;
}

/** Whole seconds from ten on, hundredths below. */
function seconds(lengthMs: number): string {
  if (lengthMs >= 10 * SECOND_MS) return String(Math.floor(lengthMs / SECOND_MS));
  return String(Math.floor(lengthMs / 10) / 100);
}

/** A share as per cent: whole from ten on, one digit below. */
export function shareInWords(share: number): string {
  const percent = share * 100;
  return percent >= 9.95 || percent === 0 ? `${grouped(Math.round(percent))}%` : `${percent.toFixed(1)}%`;
}
