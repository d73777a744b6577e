import { useId } from 'react';
import type { ColumnProposal, Proposal } from '../api/types';
import { grouped } from '../till/money';
import { useSpeech } from '../till/useTill';
import { Button } from '../ui/Button';
import { Seg, Tag } from '../ui/pieces';
import { RefusedLine } from './JobPanel';
import { TitleLines } from './TitleLines';
import { columnName, fitOf, formatOf, kinds, kindWords, missing, titlesMissed, worthALine, type Kind } from './saying';
import css from './import.module.css';

interface ProposalPanelProps {
  proposal: Proposal;
  kind: Kind | undefined;
  toml: string;
  onToml: (text: string) => void;
  onKind: (kind: Kind) => void;
  onReadAgain: () => void;
  onSkip: (lines: number) => void;
}

/** What a file is, what its columns are taken for and why, and its first rows. */
export function ProposalPanel({ proposal, kind, toml, onToml, onKind, onReadAgain, onSkip }: ProposalPanelProps) {
  const speech = useSpeech();
  const { say } = speech;
  const ownId = useId();
  const lacking = missing(proposal.columns).map((column) => columnName(column.name, speech));
  const absent = proposal.columns.filter((column) => !worthALine(column)).map((column) => columnName(column.name, speech));
  const firstRows = proposal.rows.length === 0 && proposal.refused.length > 0 ? say('importNoRows') : say('importFirstRows', { count: proposal.rows.length });
  return (
    <section className={css.card} aria-label={say('importProposal')} data-testid="import-proposal">
      <div className={css.cardHead}>
        <h2>{say('importProposal')}</h2>
        {proposal.format !== 'parquet' && <Tag>{proposal.encoding}</Tag>}
        <Tag>{formatOf(proposal, speech)}</Tag>
        <Tag>{say('importColumnCount', { count: proposal.column_count })}</Tag>
        <span className={css.space} />
        <Seg name={say('importKind')} value={kind} choices={kinds.map((one) => ({ value: one, label: say(kindWords[one]), testId: `import-kind-${one}` }))} onChange={onKind} />
      </div>
      {proposal.format === 'csv' && <TitleLines key={proposal.skip_lines} lines={proposal.skip_lines} above={proposal.titles_above ?? undefined} onRead={onSkip} />}
      {kind === undefined && <p className={css.warn}>{say(proposal.kind === 'settlement' ? 'importIsSettlement' : 'importNotKnown')}</p>}
      {kind === 'own' && (
        <div className={css.own}>
          <label htmlFor={ownId}>{say('importOwnLabel')}</label>
          <textarea id={ownId} value={toml} spellCheck={false} rows={10} data-testid="import-toml" onChange={(event) => onToml(event.target.value)} />
          <Button size="small" testId="import-read-again" onClick={onReadAgain}>{say('importReadAgain')}</Button>
        </div>
      )}
      {kind !== undefined && lacking.length > 0 && titlesMissed(proposal) === undefined && <p className={css.problem} role="alert" data-testid="import-missing">{say('importMissing', { columns: lacking.join(', ') })}</p>}
      <table className={css.columns} data-testid="import-columns">
        <caption className="vh">{say('importColumns')}</caption>
        <thead>
          <tr><th scope="col">{say('importInTill')}</th><th scope="col">{say('importInFile')}</th><th scope="col">{say('importFit')}</th><th scope="col">{say('importWhy')}</th></tr>
        </thead>
        <tbody>
          {proposal.columns.filter(worthALine).map((column) => <Column key={column.name} column={column} />)}
        </tbody>
      </table>
      {absent.length > 0 && <p className={css.sub}>{say('importAbsent', { columns: absent.join(', ') })}</p>}
      {proposal.unused.length > 0 && <p className={css.sub} data-testid="import-unused">{say('importUnused', { columns: proposal.unused.join(', ') })}</p>}
      <h3>{firstRows}</h3>
      {/* What can be scrolled must be reachable by keys. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={css.scroller} role="region" aria-label={firstRows} tabIndex={0}>
        <table className={css.rows} data-testid="import-rows">
          <thead><tr>{proposal.titles.map((title, index) => <th key={index} scope="col">{title}</th>)}</tr></thead>
          <tbody>
            {proposal.rows.map((row, number) => <tr key={number}>{row.map((cell, index) => <td key={index}>{cell}</td>)}</tr>)}
          </tbody>
        </table>
      </div>
      {proposal.refused.length > 0 && (
        <>
          <h3>{say('importFirstRefused')}</h3>
          <ul className={css.refused} data-testid="import-first-refused">
            {proposal.refused.map((row) => <RefusedLine key={row.row} row={row} />)}
          </ul>
        </>
      )}
    </section>
  );
}

function Column({ column }: { column: ColumnProposal }) {
  const speech = useSpeech();
  const { say } = speech;
  const tone = fitOf(column);
  const fits = column.source == null ? say('importLacking') : say('importFits', { fitting: grouped(column.fitting), values: grouped(column.values) });
  return (
    <tr data-testid={`import-column-${column.name}`} data-fit={tone}>
      <th scope="row">{columnName(column.name, speech)}{column.is_required && <span className={css.sub}> · {say('required')}</span>}</th>
      <td>{column.source ?? '—'}</td>
      <td><Tag tone={tone}>{fits}</Tag></td>
      <td className={css.sub}>{column.source == null ? '' : say('importByName')}{column.note == null ? '' : `${column.source == null ? '' : ' · '}${speech.name(column.note)}`}</td>
    </tr>
  );
}
