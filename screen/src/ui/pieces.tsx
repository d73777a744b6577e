import { useEffect, useState, type KeyboardEvent, type ReactNode } from 'react';
import { IconButton } from './Button';
import { Icon, type IconName } from './Icon';
import css from './ui.module.css';

export type Tone = 'plain' | 'ok' | 'warn' | 'bad' | 'accent' | 'plugin';

const tags: Record<Tone, string> = { plain: '', ok: css.tagOk ?? '', warn: css.tagWarn ?? '', bad: css.tagBad ?? '', accent: css.tagAccent ?? '', plugin: css.tagPlugin ?? '' };
const dots: Record<'ok' | 'warn' | 'bad' | 'accent' | 'off', string> = { ok: '', warn: css.dotWarn ?? '', bad: css.dotBad ?? '', accent: css.dotAccent ?? '', off: css.dotOff ?? '' };

export type DotTone = keyof typeof dots;

/** A word on a tinted pill. */
export function Tag({ tone = 'plain', children, className }: { tone?: Tone; children: ReactNode; className?: string | undefined }) {
  return <span className={`${css.tag} ${tags[tone]} ${className ?? ''}`}>{children}</span>;
}

/** A coloured dot; a word always stands beside it. */
export function Dot({ tone = 'ok' }: { tone?: DotTone }) {
  return <i className={`${css.dot} ${dots[tone]}`} aria-hidden="true" />;
}

interface SegProps<Value extends string> {
  name: string;
  value: Value | undefined;
  choices: readonly { value: Value; label: string; testId?: string }[];
  onChange: (value: Value) => void;
  as?: 'radiogroup' | 'tablist';
  testId?: string;
  className?: string | undefined;
}

/** One of a few, side by side. Arrow keys move the choice. */
export function Seg<Value extends string>({ name, value, choices, onChange, as = 'radiogroup', testId, className }: SegProps<Value>) {
  const isTabs = as === 'tablist';
  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = event.key === 'ArrowRight' || event.key === 'ArrowDown' ? 1 : event.key === 'ArrowLeft' || event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const at = choices.findIndex((choice) => choice.value === value);
    const next = choices[(at + step + choices.length) % choices.length];
    if (next === undefined) return;
    onChange(next.value);
    const index = choices.indexOf(next);
    (event.currentTarget.children[index] as HTMLElement | undefined)?.focus();
  };
  return (
    <div className={`${css.seg} ${className ?? ''}`} role={as} aria-label={name} data-testid={testId} tabIndex={-1} onKeyDown={move}>
      {choices.map((choice, index) => {
        const isOn = choice.value === value;
        const stop = isOn || (value === undefined && index === 0);
        return (
          <button
            key={choice.value} type="button" role={isTabs ? 'tab' : 'radio'} tabIndex={stop ? 0 : -1} data-testid={choice.testId}
            {...(isTabs ? { 'aria-selected': isOn } : { 'aria-checked': isOn })} onClick={() => onChange(choice.value)}
          >
            {choice.label}
          </button>
        );
      })}
    </div>
  );
}

interface StepperProps {
  name: string;
  less: string;
  more: string;
  value: number;
  least: number;
  most: number;
  onChange: (value: number) => void;
  tall?: boolean;
  testIds?: { less: string; more: string };
}

/** A quantity with its two buttons. */
export function Stepper({ name, less, more, value, least, most, onChange, tall = false, testIds }: StepperProps) {
  const press = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowUp' ? 1 : event.key === 'ArrowDown' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    event.stopPropagation();
    onChange(Math.min(most, Math.max(least, value + step)));
  };
  return (
    <span className={`${css.stepper} ${tall ? css.stepperTall : ''}`}>
      <button type="button" aria-label={less} data-testid={testIds?.less} disabled={value <= least} onClick={() => onChange(value - 1)}>
        <Icon name="minus" />
      </button>
      <b className="num" role="spinbutton" tabIndex={0} aria-label={name} aria-valuenow={value} aria-valuemin={least} aria-valuemax={most} onKeyDown={press}>
        {value}
      </b>
      <button type="button" aria-label={more} data-testid={testIds?.more} disabled={value >= most} onClick={() => onChange(value + 1)}>
        <Icon name="plus" />
      </button>
    </span>
  );
}

interface EmptyProps {
  icon: IconName;
  title: string;
  text?: string | undefined;
  tone?: 'plain' | 'bad' | 'warn';
  children?: ReactNode;
  role?: 'alert' | 'status';
}

/** Nothing here: a drawing, one line of what to do, at most one button. */
export function EmptyState({ icon, title, text, tone = 'plain', children, role }: EmptyProps) {
  const tint = tone === 'bad' ? css.emptyBad : tone === 'warn' ? css.emptyWarn : '';
  return (
    <div className={css.empty} role={role}>
      <span className={`${css.emptyIcon} ${tint}`}>
        <Icon name={icon} size="large" />
      </span>
      <b>{title}</b>
      {text && <p>{text}</p>}
      {children}
    </div>
  );
}

interface SwitchProps {
  name: string;
  on: boolean;
  onChange: (on: boolean) => void;
  testId?: string;
}

/** On or off. */
export function Switch({ name, on, onChange, testId }: SwitchProps) {
  return <button type="button" className={css.switch} role="switch" aria-checked={on} aria-label={name} data-testid={testId} onClick={() => onChange(!on)} />;
}

interface KeypadProps {
  name: string;
  eraseName: string;
  onKey: (key: KeypadKey) => void;
  dense?: boolean;
  className?: string | undefined;
}

export type KeypadKey = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9' | '00' | 'erase';
const keys: KeypadKey[] = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '00', '0', 'erase'];

/** The figures of a till. */
export function Keypad({ name, eraseName, onKey, dense = false, className }: KeypadProps) {
  return (
    <div className={`${css.pad} ${dense ? css.padDense : ''} ${className ?? ''}`} role="group" aria-label={name}>
      {keys.map((key) => (
        <button
          key={key} type="button" className={key === '00' || key === 'erase' ? css.padQuiet : 'num'} aria-label={key === 'erase' ? eraseName : undefined}
          data-testid={`key-${key}`} onClick={() => onKey(key)}
        >
          {key === 'erase' ? <Icon name="erase" size="large" /> : key}
        </button>
      ))}
    </div>
  );
}

/** A figure after a key; the highest amount bounds it. */
export function afterKey(figure: number, key: KeypadKey, most: number): number {
  if (key === 'erase') return Math.floor(figure / 10);
  const next = Number(`${figure}${key}`);
  return next > most ? figure : next;
}

/** True once some time has passed: what loads faster than that shows nothing in between. */
export function useLate(isWaiting: boolean, ms = 200): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!isWaiting) return undefined;
    const timer = setTimeout(() => setLate(true), ms);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [isWaiting, ms]);
  return isWaiting && late;
}

export { IconButton };
