import type { Aside, AsideMessage } from '../api/types';
import { useSpeech, useTill, useTillState } from '../till/useTill';
import { Button } from '../ui/Button';
import { Dot, Tag } from '../ui/pieces';
import css from './shell.module.css';

/** Messages that could not be delivered: how many, which, and why. */
export function AsideList({ aside }: { aside: Aside }) {
  const { say } = useSpeech();
  if (aside.count === 0) return null;
  const more = aside.count - aside.messages.length;
  return (
    <section className={css.aside} aria-label={say('asideList')} data-testid="aside-list">
      <div className={css.outsideHead}>
        <Dot tone="bad" />
        <b>{say('asideCount', { count: aside.count })}</b>
      </div>
      <small>{say('asideHint')}</small>
      <ul className={css.outside} aria-label={say('asideList')}>
        {aside.messages.map((message) => <MessageRow key={message.id} message={message} />)}
      </ul>
      {more > 0 && <small data-testid="aside-more">{say('asideMore', { count: more })}</small>}
    </section>
  );
}

function MessageRow({ message }: { message: AsideMessage }) {
  const till = useTill();
  const { say, language } = useSpeech();
  const zone = useTillState((state) => state.shop?.time_zone);
  const since = message.aside_at == null ? undefined : new Date(message.aside_at);
  const time = since?.toLocaleTimeString(language === 'ko' ? 'ko-KR' : 'en-US', { timeZone: zone, hour: 'numeric', minute: '2-digit' });
  return (
    <li data-testid={`aside-${message.id}`}>
      <div className={css.outsideHead}>
        <b className="ell">{message.destination}</b>
        <Tag tone="bad">{message.group}</Tag>
      </div>
      <small>
        {time !== undefined && say('asideSince', { time })} <span lang="en" className={css.outsideWords}>{message.last_error}</span>
      </small>
      <div className={css.outsideDo}>
        <Button size="small" aria-label={`${message.group} ${say('asideRetry')}`} testId="aside-retry" onClick={() => void till.retryMessage(message)}>
          {say('asideRetry')}
        </Button>
      </div>
    </li>
  );
}
