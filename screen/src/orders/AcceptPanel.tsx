import { useState } from 'react';
import type { Order } from '../api/types';
import { clockOf } from '../till/saying';
import { useSpeech, useTill, useTillState } from '../till/useTill';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { afterKey, Keypad, Seg } from '../ui/pieces';
import { ownMinutes, quickMinutes, suggestedMinutes } from './ready';
import css from './orders.module.css';

interface AcceptPanelProps {
  order: Order;
  isBusy: boolean;
  onAccept: (minutes: number) => void;
  onDecline: () => void;
}

/** An order that is asked for: in how many minutes it will be ready, or that it is not taken on. */
export function AcceptPanel({ order, isBusy, onAccept, onDecline }: AcceptPanelProps) {
  const till = useTill();
  const { say } = useSpeech();
  const zone = useTillState((state) => state.shop?.time_zone ?? 'Asia/Seoul');
  const wanted = order.request?.expected_ready_at;
  const [minutes, setMinutes] = useState(() => suggestedMinutes(wanted, till.nowMs()));
  const [isAsking, setAsking] = useState(false);
  const own = ownMinutes(minutes);
  const choices = [
    ...quickMinutes.map((count) => ({ value: String(count), label: say('readyMinutes', { count }), testId: `ready-${count}` })),
    { value: 'own', label: own === undefined ? say('readyOwn') : say('readyMinutes', { count: own }), testId: 'ready-own' },
  ];
  return (
    <section className={css.accept} aria-label={say('orderReady')}>
      <h3>{say('orderReady')}</h3>
      {wanted != null && <p className={css.sub}>{say('orderWanted', { time: clockOf(wanted, zone) })}</p>}
      <Seg
        name={say('orderReady')} testId="ready-minutes" className={css.ready} value={own === undefined ? String(minutes) : 'own'} choices={choices}
        onChange={(value) => (value === 'own' ? setAsking(true) : setMinutes(Number(value)))}
      />
      <div className={css.acceptActs}>
        <Button look="primary" testId="order-accept" aria-disabled={isBusy} onClick={() => !isBusy && onAccept(minutes)}>{say('orderAccept', { count: minutes })}</Button>
        <Button testId="order-decline" aria-disabled={isBusy} onClick={() => !isBusy && onDecline()}>{say('orderDecline')}</Button>
      </div>
      {isAsking && <OwnMinutes onSet={(count) => { setMinutes(count); setAsking(false); }} onClose={() => setAsking(false)} />}
    </section>
  );
}

function OwnMinutes({ onSet, onClose }: { onSet: (minutes: number) => void; onClose: () => void }) {
  const { say } = useSpeech();
  const most = useTillState((state) => state.shop?.limits.ready_minutes_max ?? 0);
  const [count, setCount] = useState(0);
  return (
    <Dialog title={say('readyOwnTitle')} onClose={onClose}>
      <div className={css.readyFigure}>
        <span className={css.sub}>{say('readyMost', { count: most })}</span>
        <b className="num" role="status" data-testid="ready-figure">{say('readyMinutes', { count })}</b>
      </div>
      <Keypad dense name={say('keypad')} eraseName={say('erase')} onKey={(key) => setCount(afterKey(count, key, most))} />
      <Button look="primary" size="large" testId="ready-set" disabled={count < 1} onClick={() => onSet(count)}>{say('readyOwnSet', { count })}</Button>
    </Dialog>
  );
}
