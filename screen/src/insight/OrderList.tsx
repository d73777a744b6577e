import type { MouseEvent } from 'react';
import { go } from '../router';
import { clockOf } from '../till/saying';
import { useSpeech, useTillState } from '../till/useTill';
import { Icon } from '../ui/Icon';
import type { Names } from './names';
import { dayInWords } from './period';
import type { Insight, InsightOrder } from '../api/types';
import css from './insight.module.css';

interface OrderListProps {
  /** Orders, each with the length of time that it is here for. */
  orders: readonly { order: InsightOrder; time: string }[];
  names: Names;
  channels: Insight['channels'];
}

/** Orders, each of which leads to itself in full. */
export function OrderList({ orders, names, channels }: OrderListProps) {
  const speech = useSpeech();
  const zone = useTillState((state) => state.shop?.time_zone ?? 'Asia/Seoul');
  const follow = (event: MouseEvent, path: string) => {
    if (event.metaKey || event.ctrlKey || event.button !== 0) return;
    event.preventDefault();
    go(path);
  };
  return (
    <ul className={css.orders} data-testid="insight-orders">
      {orders.map(({ order, time }) => {
        const path = `/orders/${order.id}`;
        const channel = channels.find((one) => one.channel === order.channel);
        const about = [`${dayInWords(order.business_date, speech.language)} ${clockOf(order.began_at, zone)}`, channel === undefined ? '' : speech.name(channel.name), names.name(order.last)];
        return (
          <li key={order.id}>
            <a href={path} data-testid={`insight-order-${order.id}`} onClick={(event) => follow(event, path)}>
              <span>
                <b className="num">{String(order.number).padStart(3, '0')}</b>
                <small>{about.filter((part) => part !== '').join(' · ')}</small>
              </span>
              <b className="num">{time}</b>
              <Icon name="out" size="small" />
            </a>
          </li>
        );
      })}
    </ul>
  );
}
