import type { Method } from '../api/types';
import type { IconName } from '../ui/Icon';
import type { Word } from '../words';

export const methodWords: Record<Method, Word> = { card: 'card', cash: 'cash', external: 'external' };
export const methodHow: Record<Method, Word> = { card: 'cardHow', cash: 'cashHow', external: 'externalHow' };
export const methodIcons: Record<Method, IconName> = { card: 'card', cash: 'cash', external: 'bank' };
export const methods: Method[] = ['card', 'cash', 'external'];

/** What a simulated issuer says when it declines; code and words as issuers use them. */
export const declineReasons = [
  { code: '051', ko: '한도 초과', en: 'Over the limit' },
  { code: '041', ko: '분실 신고된 카드', en: 'Reported lost' },
  { code: '054', ko: '유효기간 지남', en: 'Expired card' },
  { code: '055', ko: '비밀번호 틀림', en: 'Wrong PIN' },
  { code: '014', ko: '없는 카드 번호', en: 'No such card' },
] as const;
