import { useEffect, useRef } from 'react';
import type { ImportJob, ImportReport, RefusedRow } from '../api/types';
import { grouped } from '../till/money';
import { useSpeech, useTill } from '../till/useTill';
import { Button } from '../ui/Button';
import { Tag } from '../ui/pieces';
import { outcomeTones, outcomeWords, paceOf, resultOf } from './saying';
import css from './import.module.css';

/** A check or an import: how it goes, and what it came to. */
export function JobPanel({ job, onStop }: { job: ImportJob; onStop: () => void }) {
  const speech = useSpeech();
  const { say } = speech;
  const { report } = job;
  const panel = useRef<HTMLElement>(null);
  // Whoever pressed the button above looks for what comes of it.
  useEffect(() => {
    // Newer browsers answer with a promise, which is nothing that an effect may return.
    panel.current?.scrollIntoView({ block: 'nearest' });
  }, [job.number, report]);
  const title = say(job.what === 'check' ? 'importChecking' : 'importImporting', { name: job.upload.name });
  return (
    <section ref={panel} className={css.card} aria-label={title} data-testid="import-job" data-what={job.what} data-outcome={report?.outcome ?? 'under-way'}>
      <div className={css.cardHead}>
        <h2 className="ell">{title}</h2>
        {report != null && <Tag tone={outcomeTones[report.outcome]}>{say(outcomeWords[report.outcome])}</Tag>}
        <span className={css.space} />
        {report == null && <Button size="small" look="dangerPlain" icon="stop" testId="import-stop" onClick={onStop}>{say('importStop')}</Button>}
        {report?.has_refused_file === true && report.run != null && <RefusedFile run={report.run} />}
      </div>
      {report == null ? (
        <>
          <progress className={css.progress} aria-label={title} max={1000} value={job.progress.per_mille ?? undefined} />
          <p className={`${css.sub} num`} data-testid="import-pace">{paceOf(job, speech)}</p>
        </>
      ) : (
        <Result job={job} report={report} />
      )}
    </section>
  );
}

function Result({ job, report }: { job: ImportJob; report: ImportReport }) {
  const speech = useSpeech();
  const { say } = speech;
  return (
    <>
      <p data-testid="import-result">
        {resultOf(job, report, speech)}
        {report.rows_unchanged > 0 && ` · ${say('importUnchanged', { rows: grouped(report.rows_unchanged) })}`}
      </p>
      {report.changes != null && <Changes changes={report.changes} isCheck={job.what === 'check'} />}
      {report.problem != null && <p className={css.problem}>{speech.name(report.problem)}</p>}
      {report.findings.length > 0 && <ul className={css.findings}>{report.findings.map((finding, index) => <li key={index}>{speech.name(finding)}</li>)}</ul>}
      {report.first_refused.length > 0 && (
        <>
          <h3>{report.rows_refused > report.first_refused.length ? say('importRefusedSome', { count: report.first_refused.length, all: grouped(report.rows_refused) }) : say('importRefusedAll')}</h3>
          <ul className={css.refused} data-testid="import-refused">
            {report.first_refused.map((row) => <RefusedLine key={row.row} row={row} />)}
          </ul>
        </>
      )}
    </>
  );
}

/** What becomes of the menu. A name that changes is mostly a code that means another item. */
function Changes({ changes, isCheck }: { changes: NonNullable<ImportReport['changes']>; isCheck: boolean }) {
  const { say } = useSpeech();
  const counts = { new: grouped(changes.new), changed: grouped(changes.changed) };
  return (
    <>
      <p className={css.sub} data-testid="import-changes">{say(isCheck ? 'importWouldChange' : 'importChanged', counts)}</p>
      {changes.renamed > 0 && (
        <>
          <h3>{say('importRenamed', { count: grouped(changes.renamed) })}</h3>
          <ul className={css.findings} data-testid="import-renamed">
            {changes.renames.map(({ from, to }) => <li key={`${from}→${to}`}>{from} → {to}</li>)}
          </ul>
        </>
      )}
    </>
  );
}

/** One refused row: where it stands, what is wrong with it, and its text. */
export function RefusedLine({ row }: { row: RefusedRow }) {
  const speech = useSpeech();
  return (
    <li>
      <span className={`${css.place} num`}>{speech.say('importLine', { line: grouped(row.line) })}</span>
      <span className={css.why}>
        {row.reasons.map((reason, index) => <b key={index}>{speech.name(reason.message)}</b>)}
        <code className="ell">{row.raw}</code>
      </span>
    </li>
  );
}

/** All refused rows as a file: mended, it can be brought again. */
export function RefusedFile({ run }: { run: string }) {
  const till = useTill();
  const { say } = useSpeech();
  return <Button size="small" icon="out" testId={`import-refused-file-${run}`} onClick={() => void till.saveRefusedRows(run)}>{say('importRefusedFile')}</Button>;
}
