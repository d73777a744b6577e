import { useEffect, useRef, useState } from 'react';
import type { Order, TerminalOutcome } from '../api/types';
import { clockOf } from '../till/saying';
import { isTyping } from '../shell/useTillKeys';
import { useSpeech, useTill, useTillState } from '../till/useTill';
import { Button } from '../ui/Button';
import { Icon, type IconName } from '../ui/Icon';
import { Switch, Tag } from '../ui/pieces';
import type { Word } from '../words';
import { declineReasons } from './methods';
import css from './pay.module.css';

interface CardPadProps {
  order: Order;
  part: number;
  isWaiting: boolean;
}

/** A scanner's keys come closer together than this. */
const ALONE_MS = 60;

type OutcomeKind = TerminalOutcome['kind'];

const outcomes: { kind: OutcomeKind; testId: string; icon: IconName; title: Word; text: Word; look: 'good' | 'bad' | 'warn' | 'plain' }[] = [
  { kind: 'approved', testId: 'outcome-approved', icon: 'check', title: 'outcomeApproved', text: 'outcomeApprovedText', look: 'good' },
  { kind: 'declined', testId: 'outcome-declined', icon: 'no', title: 'outcomeDeclined', text: 'outcomeDeclinedText', look: 'bad' },
  { kind: 'timed_out', testId: 'outcome-timeout', icon: 'hourglass', title: 'outcomeTimeout', text: 'outcomeTimeoutText', look: 'warn' },
  { kind: 'answer_lost', testId: 'outcome-lost', icon: 'lost', title: 'outcomeLost', text: 'outcomeLostText', look: 'warn' },
  { kind: 'unplugged', testId: 'outcome-unplugged', icon: 'unplug', title: 'outcomeUnplugged', text: 'outcomeUnpluggedText', look: 'plain' },
  { kind: 'reversal_refused', testId: 'outcome-reversal-refused', icon: 'lost', title: 'outcomeNotReversed', text: 'outcomeNotReversedText', look: 'bad' },
];

/** Paying by card at the simulated terminal: the device, and how this attempt will end. */
export function CardPad({ order, part, isWaiting }: CardPadProps) {
  const till = useTill();
  const { say, money } = useSpeech();
  const chosen = useTillState((state) => state.terminal?.chosen?.kind);
  const address = useTillState((state) => state.terminal?.address ?? undefined);
  const isAway = useTillState((state) => state.terminal?.answers === false);
  const keptSticky = useTillState((state) => state.terminal?.sticky ?? false);
  const [sticky, setSticky] = useState(keptSticky);
  const [reason, setReason] = useState('051');
  const [isSending, setSending] = useState(false);

  const begin = async () => {
    setSending(true);
    await till.pay(order, { method: 'card', amount: part });
    setSending(false);
  };
  const end = async (kind: OutcomeKind) => {
    if (isSending || isAway) return;
    const why = declineReasons.find((one) => one.code === reason) ?? declineReasons[0];
    const outcome: TerminalOutcome = kind === 'declined' ? { kind, code: why.code, message: { ko: why.ko, en: why.en } } : { kind };
    if ((await till.chooseOutcome(outcome, sticky)) && !isWaiting) await begin();
  };
  const endNow = useRef(end);
  useEffect(() => {
    endNow.current = end;
  });
  useEffect(() => {
    let waiting: ReturnType<typeof setTimeout> | undefined;
    const press = (event: KeyboardEvent) => {
      // A digit of a barcode is no choice: it counts only when no other key follows at once.
      clearTimeout(waiting);
      if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('[data-dialog]') !== null) return;
      const outcome = outcomes[Number(event.key) - 1];
      if (outcome !== undefined) waiting = setTimeout(() => void endNow.current(outcome.kind), ALONE_MS);
    };
    addEventListener('keydown', press);
    return () => {
      clearTimeout(waiting);
      removeEventListener('keydown', press);
    };
  }, []);

  return (
    <div className={css.cardPad}>
      <div className={css.deviceSide}>
        <TerminalDevice amount={isWaiting ? undefined : part} isWaiting={isWaiting} />
        <Button look="primary" size="large" testId="card-start" aria-disabled={isWaiting || isSending || isAway} onClick={() => !isWaiting && !isSending && !isAway && void begin()}>
          {isWaiting ? say('payWaiting') : say('payStart', { amount: money(part) })}
        </Button>
      </div>
      {isAway ? <p className={css.outcomes} role="status" data-testid="terminal-away">{say('terminalAwayText')}</p> : <section className={css.outcomes} aria-label={say('outcomeAsk')}>
        <div className={css.outcomesHead}>
          <b>{say('outcomeAsk')}</b>
          <Tag>{address === undefined ? say('terminalSimulated') : say('terminalSeparate', { address })}</Tag>
          <span className={css.space} />
          <span className={css.sub}>{say('outcomeSticky')}</span>
          <Switch name={say('outcomeSticky')} on={sticky} testId="outcome-sticky" onChange={setSticky} />
        </div>
        <div className={css.outcomeGrid}>
          {outcomes.map((outcome, index) => (
            <div key={outcome.kind} className={`${css.outcome} ${css[outcome.look]} ${chosen === outcome.kind ? css.outcomeChosen : ''}`}>
              <button type="button" className={css.outcomePress} data-testid={outcome.testId} aria-keyshortcuts={String(index + 1)} onClick={() => void end(outcome.kind)}>
                <span className={css.outcomeIcon}><Icon name={outcome.icon} size={index === 0 ? 'large' : 'usual'} /></span>
                <span className={css.outcomeText}>
                  <b>{say(outcome.title)}{chosen === outcome.kind && <span className="vh"> ({say('outcomeChosen')})</span>}</b>
                  <small>{say(outcome.text)}</small>
                </span>
                <kbd aria-hidden="true">{index + 1}</kbd>
              </button>
              {outcome.kind === 'declined' && <ReasonChoice value={reason} onChange={setReason} />}
            </div>
          ))}
        </div>
      </section>}
    </div>
  );
}

function ReasonChoice({ value, onChange }: { value: string; onChange: (code: string) => void }) {
  const { say, language } = useSpeech();
  return (
    <label className={css.reason}>
      <span className="vh">{say('reason')}</span>
      <select value={value} data-testid="decline-reason" onChange={(event) => onChange(event.target.value)}>
        {declineReasons.map((reason) => <option key={reason.code} value={reason.code}>{`${reason[language]} (${reason.code})`}</option>)}
      </select>
      <Icon name="down" size="small" />
    </label>
  );
}

const screenWords: Record<string, Word> = {
  idle: 'terminalIdle', waiting: 'terminalTap', approved: 'terminalApproved', declined: 'terminalDeclined', lost: 'terminalLost', unplugged: 'terminalUnplugged',
  timed_out: 'terminalTimedOut', reversed: 'terminalReversed', not_reversed: 'terminalNotReversed',
};

/** The simulated terminal, drawn as the device it stands for. */
export function TerminalDevice({ amount, isWaiting }: { amount: number | undefined; isWaiting: boolean }) {
  const till = useTill();
  const { say, money } = useSpeech();
  const terminal = useTillState((state) => state.terminal);
  const zone = useTillState((state) => state.shop?.time_zone ?? 'Asia/Seoul');
  const secondsLeft = useSecondsTo(isWaiting ? (terminal?.deadline ?? undefined) : undefined);
  // Between two payments the device shows what comes next, not how the last one ended.
  const screen = isWaiting || terminal?.screen === 'lost' || terminal?.screen === 'unplugged' ? (terminal?.screen ?? 'idle') : 'idle';
  const asked = amount ?? terminal?.amount ?? undefined;
  return (
    <div className={css.device} role="group" aria-label={say('terminalSimulated')} data-screen={screen} data-testid="terminal">
      <div className={css.deviceScreen}>
        <div>
          <div className={css.deviceTop}><span>{terminal?.address ?? terminal?.model ?? ''}</span><span className="num">{clockOf(till.nowMs(), zone)}</span></div>
          <div className={css.deviceWhat}>{say('cardPayment')}</div>
          <div className={`${css.deviceAmount} num`}>{asked === undefined ? '' : money(asked)}</div>
        </div>
        <svg className={css.tap} aria-hidden="true"><use href="#i-tap" /></svg>
        <div>
          <b role="status">{say(terminal?.answers === false ? 'terminalAway' : (screenWords[screen] ?? 'terminalIdle'))}</b>
          <small className="num">{secondsLeft === undefined ? '\u00a0' : say('secondsLeft', { count: secondsLeft })}</small>
          <span className={css.deviceBar}><i style={{ transform: `scaleX(${secondsLeft === undefined ? 0 : Math.min(1, secondsLeft / 60)})` }} /></span>
        </div>
      </div>
      <div className={css.deviceKeys} aria-hidden="true">
        {['1', '2', '3', '4', '5', '6', '7', '8', '9'].map((key) => <i key={key}>{key}</i>)}
        <i className={css.keyRed}>{say('terminalCancel')}</i>
        <i>0</i>
        <i className={css.keyGreen}>{say('terminalOk')}</i>
      </div>
    </div>
  );
}

/** Whole seconds until a time of the till's clock. */
export function useSecondsTo(at: string | undefined): number | undefined {
  const till = useTill();
  const [, tick] = useState(0);
  useEffect(() => {
    if (at === undefined) return undefined;
    const timer = setInterval(() => tick((count) => count + 1), 500);
    return () => clearInterval(timer);
  }, [at]);
  return at === undefined ? undefined : Math.max(0, Math.ceil((Date.parse(at) - till.nowMs()) / 1_000));
}
