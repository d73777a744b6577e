import { say, type Language } from '../words';
import { Icon } from '../ui/Icon';
import css from './shell.module.css';

/** Shown without a key: how to open the till's screen. */
export function OpenPage({ language, reason }: { language: Language; reason: 'missing' | 'refused' }) {
  const isMissing = reason === 'missing';
  return (
    <main className={css.openPage} data-testid="open-page">
      <span className={css.openMark}>
        <Icon name="mark" size="large" />
      </span>
      <h1>{say(language, isMissing ? 'openTitle' : 'keyRefusedTitle')}</h1>
      <p>{say(language, isMissing ? 'openHow' : 'keyRefused')}</p>
      <code>madang dev</code>
      <p className={css.openWhy}>{say(language, 'openWhy')}</p>
    </main>
  );
}
