import { useQuery } from '@tanstack/react-query';
import { grouped } from '../till/money';
import { useSpeech, useTill, useTillState } from '../till/useTill';
import { EmptyState, Tag } from '../ui/pieces';
import { RefusedFile } from './JobPanel';
import { kindWords, outcomeTones, outcomeWords } from './saying';
import css from './import.module.css';

/** Imports that were made here, the newest first. */
export function History() {
  const till = useTill();
  const { say, language } = useSpeech();
  const zone = useTillState((state) => state.shop?.time_zone);
  const read = useQuery({ queryKey: ['import', 'history'], queryFn: ({ signal }) => till.readImportHistory(signal), staleTime: 0 });
  const runs = read.data ?? [];
  const time = (at: string) => new Date(at).toLocaleString(language === 'ko' ? 'ko-KR' : 'en-GB', { ...(zone === undefined ? {} : { timeZone: zone }), month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' });
  return (
    <aside className={css.side} aria-label={say('importHistory')}>
      <h2>{say('importHistory')}</h2>
      {read.isError ? (
        <EmptyState icon="warn" tone="bad" role="alert" title={say('importHistoryFailed')} />
      ) : read.data !== undefined && runs.length === 0 ? (
        <EmptyState icon="clock" title={say('importHistoryNone')} text={say('importHistoryHint')} />
      ) : (
        <ul className={css.past} data-testid="import-history">
          {runs.map((run) => (
            <li key={run.run} data-testid={`import-run-${run.run}`}>
              <span className={css.pastHead}>
                <b className="ell">{run.files.join(', ')}</b>
                <Tag tone={run.outcome == null ? 'accent' : outcomeTones[run.outcome]}>{say(run.is_under_way ? 'importUnderWay' : run.outcome == null ? 'importCutOff' : outcomeWords[run.outcome])}</Tag>
              </span>
              <small className="num">{time(run.started_at)} · {run.mapping === 'menu' || run.mapping === 'stock' ? say(kindWords[run.mapping]) : run.mapping}</small>
              {run.outcome != null && <small className="num">{say('importCounts', { written: grouped(run.rows_written), refused: grouped(run.rows_refused) })}</small>}
              {run.has_refused_file && <RefusedFile run={run.run} />}
            </li>
          ))}
        </ul>
      )}
    </aside>
  );
}
