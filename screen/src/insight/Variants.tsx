import { useId, useState } from 'react';
import type { InsightWay } from '../api/types';
import { grouped } from '../till/money';
import { useSpeech } from '../till/useTill';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { lengthInWords, shareInWords } from './lengths';
import { stepsOf, type Names } from './names';
import { ordersInWords } from './saying';
import css from './insight.module.css';

/** As many as the card shows. */
const SHOWN = 5;

interface VariantsProps {
  ways: readonly InsightWay[];
  names: Names;
  total: number;
  onOpen: (way: InsightWay) => void;
}

/** The paths that orders take most often, and all of them on demand. */
export function Variants({ ways, names, total, onOpen }: VariantsProps) {
  const { say } = useSpeech();
  const title = useId();
  const [isAll, setAll] = useState(false);
  return (
    <section className={`${css.card} ${css.variantCard}`} aria-labelledby={title}>
      <div className={css.cardHead}>
        <h2 id={title}>{say('insightFrequent')}</h2>
        <span className={css.space} />
        {total > SHOWN && <Button size="small" look="quiet" testId="insight-all-paths" onClick={() => setAll(true)}>{say('insightAllPaths', { count: grouped(total) })}</Button>}
      </div>
      <Rows ways={ways.slice(0, SHOWN)} names={names} onOpen={onOpen} />
      {isAll && (
        <Dialog title={say('insightFrequent')} wide testId="insight-paths-dialog" onClose={() => setAll(false)}>
          <Rows ways={ways} names={names} onOpen={onOpen} />
          {total > ways.length && <p className={css.more}>{say('insightMorePaths', { count: grouped(total - ways.length) })}</p>}
        </Dialog>
      )}
    </section>
  );
}

function Rows({ ways, names, onOpen }: Pick<VariantsProps, 'ways' | 'names' | 'onOpen'>) {
  const speech = useSpeech();
  return (
    <ol className={css.variants}>
      {ways.map((way, index) => {
        const steps = stepsOf(way.activities, names);
        return (
          <li key={way.key}>
            <button type="button" className={css.variant} data-testid={`insight-path-${index + 1}`} aria-haspopup="dialog" onClick={() => onOpen(way)}>
              <b className="num">{index + 1}</b>
              <span className={css.steps}>{steps.map((step, at) => <i key={at} data-look={step.look}>{step.name}</i>)}</span>
              <span className={css.bar}><i style={{ width: `${Math.max(1, way.share * 100)}%` }} /></span>
              <span className={`${css.told} num`}><b>{shareInWords(way.share)}</b> · {ordersInWords(way.orders, speech)} · {lengthInWords(way.median_ms, speech.language)}</span>
            </button>
          </li>
        );
      })}
    </ol>
  );
}
