import { useSpeech } from '../till/useTill';
import { Dialog } from '../ui/Dialog';
import type { Word } from '../words';
import css from './shell.module.css';

const rows: [string[], Word][] = [
  [['/'], 'keyFind'],
  [['F2', 'Ctrl Enter'], 'keyPay'],
  [['↑', '↓'], 'keyLine'],
  [['+', '−'], 'keyQuantity'],
  [['Del'], 'keyRemove'],
  [['M'], 'keyMemo'],
  [['D'], 'keyDiscount'],
  [['Shift F10'], 'keySale'],
  [['1', '–', '5'], 'keyOutcome'],
  [['G', 'O H T F I'], 'keyGo'],
  [['`'], 'keyCockpit'],
  [['Alt T'], 'keyToasts'],
  [['Esc'], 'keyClose'],
  [['?'], 'keyKeys'],
];

/** What each key does. */
export function KeysDialog({ onClose }: { onClose: () => void }) {
  const { say } = useSpeech();
  return (
    <Dialog title={say('keysTitle')} onClose={onClose}>
      <dl className={css.keys}>
        {rows.map(([keys, word]) => (
          <div key={word}>
            <dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt>
            <dd>{say(word)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
