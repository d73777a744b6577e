import { useState } from 'react';
import type { InsightCard } from '../api/types';
import { useSpeech } from '../till/useTill';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { lengthInWords } from './lengths';
import { cardInWords, ordersInWords } from './saying';
import css from './insight.module.css';

/** As many as stand beside each other; the others are asked for. */
const SHOWN = 3;

interface BottlenecksProps {
  cards: readonly InsightCard[];
  onOrders: (card: InsightCard) => void;
}

/** Where time is lost, the most first: a sentence each, and the way to the orders behind it. */
export function Bottlenecks({ cards, onOrders }: BottlenecksProps) {
  const speech = useSpeech();
  const { say, language } = speech;
  const [isAll, setAll] = useState(false);
  if (cards.length === 0) return <p className={`${css.card} ${css.none}`}>{say('insightNoWaits')}</p>;
  return (
    <>
      <ul className={css.cards} aria-label={say('insightWhere')}>
        {(isAll ? cards : cards.slice(0, SHOWN)).map((card, index) => (
          <li key={`${card.from}-${card.to}`} className={`${css.card} ${css.bottleneck}`} data-look={index === 0 ? 'worst' : 'slow'} data-testid={`insight-card-${index + 1}`}>
            <div className={css.first}>
              <span className={css.cause}><Icon name="hourglass" size="small" /></span>
              <h2>{speech.name(card.title)}</h2>
              <b className="num">{lengthInWords(card.median_ms, language)}</b>
            </div>
            <p className={css.sub}>{cardInWords(card, speech)}</p>
            <div className={css.foot}>
              <span className={`${css.sub} num`}>{ordersInWords(card.orders, speech)} · {say('insightP90Of', { time: lengthInWords(card.p90_ms, language) })}</span>
              <span className={css.space} />
              <Button size="small" look="quiet" testId={`insight-orders-${index + 1}`} aria-haspopup="dialog" onClick={() => onOrders(card)}>{say('insightSeeOrders')}</Button>
            </div>
          </li>
        ))}
      </ul>
      {cards.length > SHOWN && (
        <Button size="small" className={css.moreCards} testId="insight-more-cards" aria-expanded={isAll} onClick={() => setAll(!isAll)}>
          {isAll ? say('insightFewerCards') : say('insightMoreCards', { count: cards.length - SHOWN })}
        </Button>
      )}
    </>
  );
}
