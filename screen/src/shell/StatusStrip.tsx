import { useEffect, useState } from 'react';
import { setQuery } from '../router';
import { isTrouble, stateOf, worstOf } from '../till/outside';
import { useSpeech, useTill, useTillState } from '../till/useTill';
import { Icon } from '../ui/Icon';
import { Dot, Tag, type DotTone } from '../ui/pieces';
import type { Language } from '../words';
import { HealthPanel, useHealth } from './HealthPanel';
import { outsideDots } from './Outside';
import { keepLanguage } from './taste';
import css from './shell.module.css';

const tones: Record<string, DotTone> = { fine: 'ok', trying: 'warn', broken: 'bad', unknown: 'off' };

/** The strip above everything: whose till it is, what time it is there, and whether all is well. */
export function StatusStrip({ isDev }: { isDev: boolean }) {
  const speech = useSpeech();
  const shop = useTillState((state) => state.shop?.name);
  const health = useHealth();
  const [open, setOpen] = useState(false);
  const upstreams = useTillState((state) => state.upstreams);
  const outside = worstOf(upstreams);
  const unsent = useTillState((state) => state.aside.count);
  const badParts = health.filter((part) => part.state === 'broken' || part.state === 'trying').length;
  const troubles = badParts + upstreams.filter((one) => isTrouble(stateOf(one))).length + Math.min(unsent, 1);
  return (
    <header className={css.strip}>
      <span className={css.brand}>
        <Icon name="mark" size="large" />
      </span>
      <span className={`${css.store} ell`} data-testid="shop-name">{shop === undefined ? '' : speech.name(shop)}</span>
      {isDev && <Tag tone="accent" className={css.devTag}>{speech.say('devMode')}</Tag>}
      <Clock />
      <span className={css.space} />
      <button
        type="button" className={css.health} data-testid="health-strip" aria-expanded={open} aria-haspopup="dialog"
        onClick={() => setOpen(!open)}
      >
        <span className="vh">{troubles === 0 ? speech.say('healthAllOk') : speech.say('healthTrouble', { count: troubles })}. </span>
        {health.map((part) => (
          <span key={part.id} className={css.upstream}>
            <Dot tone={tones[part.state] ?? 'off'} />
            <span className={css.upstreamName}>{speech.say(part.short)}</span>
          </span>
        ))}
        {unsent > 0 && (
          <span className={css.upstream} data-testid="health-aside">
            <Dot tone="bad" />
            <span className={css.upstreamName}>{speech.say('healthAside', { count: unsent })}</span>
          </span>
        )}
        {outside !== undefined && (
          <span className={css.upstream} data-testid="health-outside" data-state={outside}>
            <Dot tone={outsideDots[outside]} />
            <span className={css.upstreamName}>{speech.say('healthOutside')}</span>
          </span>
        )}
      </button>
      {open && <HealthPanel parts={health} onClose={() => setOpen(false)} />}
      <LanguageSwitch />
    </header>
  );
}

function Clock() {
  const till = useTill();
  const { language } = useSpeech();
  const zone = useTillState((state) => state.shop?.time_zone);
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), 5_000);
    return () => clearInterval(timer);
  }, []);
  if (zone === undefined) return null;
  const now = new Date(till.nowMs());
  const locale = language === 'ko' ? 'ko-KR' : 'en-GB';
  const date = now.toLocaleDateString(locale, { timeZone: zone, month: language === 'ko' ? 'long' : 'short', day: 'numeric', weekday: language === 'ko' ? 'long' : 'short' });
  const time = now.toLocaleTimeString(language === 'ko' ? 'ko-KR' : 'en-US', { timeZone: zone, hour: 'numeric', minute: '2-digit' });
  return (
    <>
      <span className={css.date}>{date}</span>
      <b className={`${css.time} num`}>{time}</b>
    </>
  );
}

function LanguageSwitch() {
  const till = useTill();
  const { language, say } = useSpeech();
  const choose = (next: Language) => {
    keepLanguage(next, localStorage);
    till.setLanguage(next);
    setQuery({ lang: undefined });
  };
  return (
    <div className={css.lang} role="group" aria-label={say('language')}>
      <button type="button" aria-pressed={language === 'ko'} lang="ko" data-testid="lang-ko" onClick={() => choose('ko')}>한국어</button>
      <button type="button" aria-pressed={language === 'en'} lang="en" data-testid="lang-en" onClick={() => choose('en')}>EN</button>
    </div>
  );
}
