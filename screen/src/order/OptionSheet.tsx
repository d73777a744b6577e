import { useId, useState } from 'react';
import type { Choice, Item, OptionGroup as Group, Shop } from '../api/types';
import { asChosen, canChoose, chosenOn, defaults, groupsOf, groupState, isAnswered, isSingle, setCount, toggle, unitAmount, type Selection } from '../till/options';
import { useSpeech, useTill, useTillState, type Speech } from '../till/useTill';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Glyph, Icon } from '../ui/Icon';
import { IconButton, Stepper, Tag } from '../ui/pieces';
import css from './order.module.css';

interface OptionSheetProps {
  item: Item;
  shop: Shop;
  /** The line whose choices are changed; none: a new one. */
  lineKey: string | undefined;
  onClose: () => void;
}

/** What is asked with an item: each group says what it needs, and the button what it comes to. */
export function OptionSheet({ item, shop, lineKey, onClose }: OptionSheetProps) {
  const till = useTill();
  const speech = useSpeech();
  const groups = groupsOf(item, shop.options);
  const line = useTillState((state) => state.cart?.lines.find((one) => one.key === lineKey));
  const inCart = useTillState((state) => state.counts.get(item.id) ?? 0);
  const [selection, setSelection] = useState<Selection>(() => (line === undefined ? defaults(groups) : chosenOn(line)));
  const [quantity, setQuantity] = useState(line?.quantity ?? 1);
  const [isTold, setTold] = useState(false);
  const answered = isAnswered(groups, selection);
  const most = Math.min(shop.limits.quantity_max, item.stock_left == null ? Number.POSITIVE_INFINITY : Math.max(1, item.stock_left - inCart));
  const total = unitAmount(item, groups, selection) * quantity;

  const take = () => {
    if (!answered) return setTold(true);
    const choices = asChosen(groups, selection);
    if (line === undefined) till.add(item.id, quantity, choices);
    else {
      till.tap({ do: 'choices', key: line.key, choices });
      if (quantity !== line.quantity) till.tap({ do: 'quantity', key: line.key, quantity });
    }
    onClose();
  };

  return (
    <Dialog title={speech.name(item.title)} hideHead className={css.sheet} scrimClassName={css.sheetScrim} onClose={onClose} testId="option-sheet">
      <div className={css.sheetHead}>
        <span className={css.sheetGlyph} data-glyph={item.glyph}><Glyph name={item.glyph} /></span>
        <span className={css.sheetTitle}>
          <b>{speech.name(item.title)}</b>
          <small>{[speech.other(item.title), speech.say('basePrice', { amount: speech.money(item.amount) })].filter((part) => part !== undefined).join(' · ')}</small>
        </span>
        <IconButton icon="close" name={speech.say('close')} testId="option-close" onClick={onClose} />
      </div>
      <div className={css.sheetBody}>
        {groups.map((group) => (
          <OptionGroup key={group.id} group={group} selection={selection} onChange={setSelection} isTold={isTold} speech={speech} />
        ))}
      </div>
      <div className={css.sheetFoot}>
        <Stepper tall name={speech.say('lineQuantity')} less={speech.say('lineLess')} more={speech.say('lineMore')} value={quantity} least={1} most={most} onChange={setQuantity} />
        <Button look="primary" size="large" className={css.sheetAdd} aria-disabled={!answered} testId="option-add" onClick={take}>
          <span>{speech.say(line === undefined ? 'addToCart' : 'changeChoices')}</span>
          <span className="num">{speech.money(total)}</span>
        </Button>
      </div>
    </Dialog>
  );
}

interface OptionGroupProps {
  group: Group;
  selection: Selection;
  onChange: (selection: Selection) => void;
  isTold: boolean;
  speech: Speech;
}

function OptionGroup({ group, selection, onChange, isTold, speech }: OptionGroupProps) {
  const titleId = useId();
  const state = groupState(group, selection);
  const single = isSingle(group);
  const isShort = isTold && state.missing > 0;
  return (
    <section className={css.group}>
      <h3 id={titleId}>
        {speech.name(group.title)}
        <small>{ruleOf(group, speech)}</small>
        {!single && state.isFull && <Tag tone="warn">{speech.say('allChosen')}</Tag>}
        <span className={css.space} />
        {isShort ? (
          <span className={css.short} role="alert">{speech.say('tooFew', { count: state.missing })}</span>
        ) : (
          group.choices_min > 0 && state.missing === 0 && <span className={css.filled}><Icon name="check" size="small" /><span className="vh">{speech.say('groupFilled')}</span></span>
        )}
      </h3>
      <div className={group.choices.length === 2 ? css.choicesTwo : css.choices} role={single ? 'radiogroup' : 'group'} aria-labelledby={titleId}>
        {group.choices.map((choice) =>
          choice.countable ? (
            <CountableChoice key={choice.id} group={group} choice={choice} selection={selection} onChange={onChange} speech={speech} />
          ) : (
            <ChoiceButton key={choice.id} group={group} choice={choice} selection={selection} onChange={onChange} speech={speech} />
          ),
        )}
      </div>
    </section>
  );
}

interface ChoiceProps {
  group: Group;
  choice: Choice;
  selection: Selection;
  onChange: (selection: Selection) => void;
  speech: Speech;
}

function ChoiceButton({ group, choice, selection, onChange, speech }: ChoiceProps) {
  const isOn = selection.has(choice.id);
  const isPossible = canChoose(group, selection, choice);
  return (
    <button
      type="button" role={isSingle(group) ? 'radio' : 'checkbox'} aria-checked={isOn} aria-disabled={!isPossible}
      className={`${css.choice} ${isOn ? css.choiceOn : ''} ${isPossible ? '' : css.choiceNo}`} data-testid={`choice-${choice.id}`} onClick={() => onChange(toggle(group, selection, choice))}
    >
      <b>{speech.name(choice.title)}</b>
      <ChoiceSmall choice={choice} speech={speech} />
      {isOn && <span className={css.choiceMark}><Icon name="check" /></span>}
    </button>
  );
}

function CountableChoice({ group, choice, selection, onChange, speech }: ChoiceProps) {
  const count = selection.get(choice.id) ?? 0;
  const state = groupState(group, selection);
  const isOut = choice.sale_state !== 'on_sale';
  return (
    <div className={`${css.countable} ${isOut ? css.choiceNo : ''}`}>
      <span className={css.countableText}><b>{speech.name(choice.title)}</b> <ChoiceSmall choice={choice} speech={speech} /></span>
      <Stepper
        name={speech.name(choice.title)} less={`${speech.name(choice.title)} ${speech.say('lineLess')}`} more={`${speech.name(choice.title)} ${speech.say('lineMore')}`}
        value={count} least={0} most={isOut || state.isFull ? count : 9_999} testIds={{ less: `choice-${choice.id}-less`, more: `choice-${choice.id}-more` }}
        onChange={(next) => onChange(setCount(group, selection, choice, next))}
      />
    </div>
  );
}

function ChoiceSmall({ choice, speech }: { choice: Choice; speech: Speech }) {
  const parts = [speech.other(choice.title), choice.amount > 0 ? `+${choice.amount.toLocaleString('en-US')}` : undefined, choice.sale_state === 'on_sale' ? undefined : speech.say('soldOut')].filter(
    (part) => part !== undefined,
  );
  return parts.length === 0 ? null : <small>{parts.join(' · ')}</small>;
}

function ruleOf(group: Group, speech: Speech): string {
  const [least, most] = [group.choices_min, group.choices_max ?? undefined];
  const need = speech.say(least > 0 ? 'required' : 'optional');
  const how =
    most === 1 ? speech.say('onlyOne')
    : most === undefined ? (least > 0 ? speech.say('atLeast', { count: least }) : speech.say('anyNumber'))
    : least === most ? speech.say('exactly', { count: most })
    : least === 0 ? speech.say('upTo', { count: most })
    : speech.say('fromTo', { least, most });
  return `${need} · ${how}`;
}
