import { choiceOf, hostOf, networkChoices, networkWords, planOf, type NetworkChoice } from '../till/outside';
import { useSpeech, useTill, useTillState } from '../till/useTill';
import { Seg } from '../ui/pieces';
import css from './cockpit.module.css';

/** What is tried most often stands side by side; the rest is in the list. */
const near: NetworkChoice[] = ['online', 'slow', 'cut'];

/** Lets calls to other companies' servers fail on purpose. */
export function NetworkSwitch() {
  const till = useTill();
  const { say } = useSpeech();
  const network = useTillState((state) => state.network);
  const upstreams = useTillState((state) => state.upstreams);
  if (network === undefined) return null;
  const choice = choiceOf(network.plan);
  const origin = network.plan?.origin ?? undefined;
  const hosts = new Map(upstreams.map((upstream) => [upstream.origin, hostOf(upstream)]));
  if (origin !== undefined && !hosts.has(origin)) hosts.set(origin, origin);
  const turn = (to: NetworkChoice, at: string | undefined) => void till.setNetwork(planOf(to, at, Date.now() % 1_000_000));
  return (
    <div className={css.network} data-testid="net-switch" data-choice={choice ?? 'other'}>
      <Seg
        name={say('network')} value={choice} className={css.networkNear} onChange={(to) => turn(to, origin)}
        choices={near.map((value) => ({ value, label: say(networkWords[value]), testId: `net-${value}` }))}
      />
      <select aria-label={say('networkOther')} data-testid="net-other" value={choice ?? ''} onChange={(event) => turn(event.target.value as NetworkChoice, origin)}>
        {choice === undefined && <option value="">{say('netOther')}</option>}
        {networkChoices.map((value) => <option key={value} value={value}>{say(networkWords[value])}</option>)}
      </select>
      <select
        aria-label={say('networkWhere')} data-testid="net-where" value={origin ?? ''} disabled={choice === 'online' || choice === undefined}
        onChange={(event) => choice !== undefined && turn(choice, event.target.value === '' ? undefined : event.target.value)}
      >
        <option value="">{say('networkEverywhere')}</option>
        {[...hosts].map(([value, host]) => <option key={value} value={value}>{host}</option>)}
      </select>
    </div>
  );
}
