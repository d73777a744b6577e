import { useState } from 'react';
import type { InsightCard, InsightPlugin } from '../api/types';
import { setQuery } from '../router';
import { useSpeech, useTillState, type Speech } from '../till/useTill';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { lengthInWords } from './lengths';
import { SHOWN, placesOf, type WaitingPlace } from './places';
import { cardInWords, ordersInWords } from './saying';
import css from './insight.module.css';

interface BottlenecksProps {
  cards: readonly InsightCard[];
  plugins: readonly InsightPlugin[];
  onOrders: (place: WaitingPlace) => void;
}

/** Where time is lost, the most first: a sentence each, and the way to the orders behind it. */
export function Bottlenecks({ cards, plugins, onOrders }: BottlenecksProps) {
  const speech = useSpeech();
  const { say } = speech;
  const [isAll, setAll] = useState(false);
  const places = placesOf({ cards: [...cards], plugins: [...plugins] });
  if (places.length === 0) return <p className={`${css.card} ${css.none}`}>{say('insightNoWaits')}</p>;
  return (
    <>
      <ul className={css.cards} aria-label={say('insightWhere')}>
        {(isAll ? places : places.slice(0, SHOWN)).map((place, index) => <Place key={keyOf(place)} place={place} number={index + 1} speech={speech} onOrders={() => onOrders(place)} />)}
      </ul>
      {places.length > SHOWN && (
        <Button size="small" className={css.moreCards} testId="insight-more-cards" aria-expanded={isAll} onClick={() => setAll(!isAll)}>
          {isAll ? say('insightFewerCards') : say('insightMoreCards', { count: places.length - SHOWN })}
        </Button>
      )}
    </>
  );
}

function Place({ place, number, speech, onOrders }: { place: WaitingPlace; number: number; speech: Speech; onOrders: () => void }) {
  const { say, language } = speech;
  const { card, plugin } = place;
  const told = card ?? plugin;
  const look = plugin !== undefined ? 'plugin' : number === 1 ? 'worst' : 'slow';
  return (
    <li className={`${css.card} ${css.bottleneck}`} data-look={look} data-testid={`insight-card-${number}`}>
      <div className={css.first}>
        <span className={css.cause}><Icon name={plugin === undefined ? 'hourglass' : 'plug'} size="small" /></span>
        <h2>{speech.name(told.title)}</h2>
        <b className="num">{lengthInWords(told.median_ms, language)}</b>
      </div>
      <p className={css.sub}>{card === undefined ? speech.name(told.sentence) : cardInWords(card, speech)}</p>
      <div className={css.foot}>
        <span className={`${css.sub} num`}>{ordersInWords(told.orders, speech)} · {say('insightP90Of', { time: lengthInWords(told.p90_ms, language) })}</span>
        <span className={css.space} />
        {plugin !== undefined && <ToTimeline id={plugin.plugin} number={number} />}
        <Button size="small" look="quiet" testId={`insight-orders-${number}`} aria-haspopup="dialog" onClick={onOrders}>{say('insightSeeOrders')}</Button>
      </div>
    </li>
  );
}

/** What the plugin was asked and said lately, as long as it is there to be looked at. */
function ToTimeline({ id, number }: { id: string; number: number }) {
  const { say } = useSpeech();
  const isThere = useTillState((state) => state.plugins.some((plugin) => plugin.id === id));
  if (!isThere) return null;
  return <Button size="small" look="quiet" testId={`insight-timeline-${number}`} onClick={() => setQuery({ dev: id, tab: 'timeline' }, 'push')}>{say('insightSeeTimeline')}</Button>;
}

function keyOf({ card, plugin }: WaitingPlace): string {
  return card === undefined ? `plugin:${plugin.plugin}` : `${card.from}-${card.to}`;
}
