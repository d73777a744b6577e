import { useEffect, useState } from 'react';
import { useSpeech, useTill, useTillState } from '../till/useTill';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import css from './shell.module.css';

/** A link that blinks is not worth a banner. */
const PATIENCE_MS = 600;

/** Says that the till cannot be reached, for how long, and what still holds. */
export function Banner() {
  const till = useTill();
  const { say } = useSpeech();
  const since = useTillState((state) => state.lostSinceMs);
  const [nowMs, setNowMs] = useState(0);
  useEffect(() => {
    if (since === undefined) return undefined;
    const tick = () => setNowMs(Date.now());
    const first = setTimeout(tick, PATIENCE_MS);
    const timer = setInterval(tick, 1_000);
    return () => {
      clearTimeout(first);
      clearInterval(timer);
    };
  }, [since]);
  if (since === undefined || nowMs - since < PATIENCE_MS) return null;
  const seconds = Math.floor((nowMs - since) / 1_000);
  const time = seconds < 60 ? say('seconds', { count: seconds }) : say('minutesSeconds', { minutes: Math.floor(seconds / 60), seconds: seconds % 60 });
  return (
    <div className={css.banner} role="status" data-testid="offline-banner">
      <span className={css.bannerIcon}>
        <Icon name="lost" />
      </span>
      <b>{say('bannerTitle')}</b>
      <span className={`${css.bannerText} ell`}>{say('bannerText')}</span>
      <span className={css.space} />
      <span className={`${css.bannerSince} num`}>{say('bannerSince', { time })}</span>
      <Button look="ink" size="small" onClick={() => till.retry()}>{say('bannerRetry')}</Button>
    </div>
  );
}
