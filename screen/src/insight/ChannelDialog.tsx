import { useState } from 'react';
import type { Insight } from '../api/types';
import { useSpeech } from '../till/useTill';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Icon } from '../ui/Icon';
import { ordersInWords } from './saying';
import css from './insight.module.css';

interface ChannelDialogProps {
  channels: Insight['channels'];
  chosen: readonly string[];
  onChoose: (channels: string[]) => void;
  onClose: () => void;
}

/** Which orders are looked at: those that came in here; none chosen is all. */
export function ChannelDialog({ channels, chosen, onChoose, onClose }: ChannelDialogProps) {
  const speech = useSpeech();
  const { say, name } = speech;
  const [now, setNow] = useState(chosen);
  const turn = (id: string) => setNow(now.includes(id) ? now.filter((one) => one !== id) : [...now, id]);
  return (
    <Dialog title={say('insightChannelTitle')} testId="insight-channel-dialog" onClose={onClose}>
      <ul className={css.channels}>
        {channels.map((one) => (
          <li key={one.channel}>
            <button type="button" role="checkbox" aria-checked={now.includes(one.channel)} data-testid={`insight-channel-${one.channel}`} onClick={() => turn(one.channel)}>
              <i>{now.includes(one.channel) && <Icon name="check" size="small" />}</i>
              <b>{name(one.name)}</b>
              <span className="num">{ordersInWords(one.orders, speech)}</span>
            </button>
          </li>
        ))}
      </ul>
      <div className={css.acts}>
        <Button testId="insight-channel-all" onClick={() => onChoose([])}>{say('insightAllChannels')}</Button>
        <Button look="primary" testId="insight-channel-set" onClick={() => onChoose([...now])}>{say('insightChannelSet')}</Button>
      </div>
    </Dialog>
  );
}
