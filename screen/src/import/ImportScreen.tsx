import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { IfKnown, ImportJob, ImportWork, Proposal, Upload } from '../api/types';
import { Problem } from '../api/client';
import { go } from '../router';
import { useSpeech, useTill } from '../till/useTill';
import { Button, IconButton } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { DropZone, useFileDrop } from './DropZone';
import { History } from './History';
import { JobPanel } from './JobPanel';
import { ProposalPanel } from './ProposalPanel';
import { TitleLines } from './TitleLines';
import { bytesInWords, choiceOf, isUnderWay, kindOf, knownAs, missing, newsOf, type Kind } from './saying';
import css from './import.module.css';

/** Work under way is asked about this often; only this page asks, and nobody else pays for it. */
const WORK_EVERY_MS = 1_000;

/** A file into the till: what it is, whether its rows are right, and in it goes. */
export function ImportScreen() {
  const till = useTill();
  const speech = useSpeech();
  const { say } = speech;
  const [upload, setUpload] = useState<Upload | undefined>(undefined);
  const [proposal, setProposal] = useState<Proposal | undefined>(undefined);
  const [kind, setKind] = useState<Kind | undefined>(undefined);
  const [toml, setToml] = useState('');
  const [said, setSaid] = useState<number | undefined>(undefined);
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [known, setKnown] = useState<'imported' | 'begun' | undefined>(undefined);
  const { work, setJob } = useWork();
  const job = work?.job;
  const underWay = isUnderWay(job);

  const doing = async (what: () => Promise<void>) => {
    if (isBusy || !till.isReached()) return;
    setBusy(true);
    setProblem('');
    try {
      await what();
    } catch (error) {
      if (error instanceof Problem && error.status < 500) setProblem(speech.language === 'ko' ? error.korean : error.english);
      else till.tell(error);
    }
    setBusy(false);
  };
  const take = (file: File) =>
    void doing(async () => {
      setUpload(undefined);
      setProposal(undefined);
      setKind(undefined);
      setSaid(undefined);
      if (work !== undefined && file.size > work.upload_bytes_max) return setProblem(say('importTooLarge', { size: bytesInWords(work.upload_bytes_max) }));
      const brought = await till.bringFile(file);
      setUpload(brought);
      show(await till.proposeMapping({ upload: brought.id }));
      till.speak(say('importBrought', { name: brought.name }));
    });
  const show = (proposed: Proposal) => {
    setProposal(proposed);
    setKind(kindOf(proposed));
    setToml(proposed.toml);
  };
  const choose = (next: Kind, text: string, skip: number | undefined) =>
    void doing(async () => {
      if (upload === undefined) return;
      setKind(next);
      setSaid(skip);
      const proposed = await till.proposeMapping({ upload: upload.id, mapping: choiceOf(next, text), skip_lines: skip ?? null });
      setProposal(proposed);
      setToml(next === 'own' ? text : proposed.toml);
    });
  /** Reads anew below so many lines; what nobody chose is recognised anew as well. */
  const skipLines = (lines: number) => {
    if (kind !== undefined) return choose(kind, toml, lines);
    void doing(async () => {
      if (upload === undefined) return;
      setSaid(lines);
      show(await till.proposeMapping({ upload: upload.id, skip_lines: lines }));
    });
  };
  const begin = (what: 'check' | 'start', ifKnown: IfKnown = 'refuse') =>
    void doing(async () => {
      setKnown(undefined);
      if (upload === undefined || proposal === undefined || kind === undefined) return;
      try {
        setJob(await till.beginImport(what, { upload: upload.id, mapping: choiceOf(kind, toml), skip_lines: proposal.skip_lines, if_known: ifKnown }));
      } catch (error) {
        const before = knownAs(error);
        if (before === undefined) throw error;
        setKnown(before);
      }
    });
  const stop = () => void doing(async () => setJob(await till.stopImport()));
  const isOver = useFileDrop(take);
  const canRun = kind !== undefined && proposal?.is_taken === true && missing(proposal.columns).length === 0 && !underWay && !isBusy;

  return (
    <main className={css.main}>
      <section className={css.page} aria-label={say('importTitle')}>
        <div className={css.head}>
          <IconButton icon="back" name={say('importBack')} testId="import-back" onClick={() => go('/orders')} />
          <h1>{say('importTitle')}</h1>
        </div>
        <DropZone isOver={isOver} isBusy={isBusy} upload={upload} bytesMax={work?.upload_bytes_max} onFile={take} />
        {problem !== '' && <p className={css.problem} role="alert" data-testid="import-problem">{problem}</p>}
        {proposal !== undefined && (
          <ProposalPanel proposal={proposal} kind={kind} toml={toml} onToml={setToml} onKind={(next) => choose(next, toml, said)} onReadAgain={() => choose('own', toml, undefined)} onSkip={skipLines} />
        )}
        {upload !== undefined && proposal === undefined && !isBusy && (
          <section className={css.card} aria-label={say('importSkipLines')}><TitleLines key={said ?? 0} lines={said ?? 0} above={undefined} onRead={skipLines} /></section>
        )}
        {upload !== undefined && proposal !== undefined && (
          <div className={css.acts}>
            <Button size="large" testId="import-check" aria-disabled={!canRun} onClick={() => canRun && begin('check')}>{say('importCheck')}</Button>
            <Button look="primary" size="large" testId="import-start" aria-disabled={!canRun} onClick={() => canRun && begin('start')}>{say('importStart')}</Button>
            <span className={css.sub}>{say('importCheckHint')}</span>
          </div>
        )}
        {job != null && <JobPanel job={job} onStop={stop} />}
      </section>
      <History />
      {known !== undefined && (
        <Dialog title={say(known === 'imported' ? 'importKnownTitle' : 'importBegunTitle')} testId="import-known" onClose={() => setKnown(undefined)}>
          <p>{say(known === 'imported' ? 'importKnownText' : 'importBegunText')}</p>
          <div className={css.dialogActs}>
            {known === 'begun' && <Button look="primary" data-autofocus testId="import-go-on" onClick={() => begin('start', 'go_on')}>{say('importGoOn')}</Button>}
            <Button testId="import-again" onClick={() => begin('start', 'again')}>{say('importAgain')}</Button>
            <Button look="quiet" onClick={() => setKnown(undefined)}>{say('cancelWord')}</Button>
          </div>
        </Dialog>
      )}
    </main>
  );
}

/** What is under way or was last, and a sentence now and then for who listens. */
function useWork(): { work: ImportWork | undefined; setJob: (job: ImportJob) => void } {
  const till = useTill();
  const speech = useSpeech();
  const queries = useQueryClient();
  const read = useQuery({
    queryKey: ['import', 'work'],
    queryFn: ({ signal }) => till.readImportWork(signal),
    staleTime: 0,
    refetchInterval: ({ state }) => (isUnderWay(state.data?.job) ? WORK_EVERY_MS : false),
  });
  const job = read.data?.job;
  const before = useRef<ImportJob | null | undefined>(undefined);
  useEffect(() => {
    // What ended before the page was opened is no news.
    if (job != null && (before.current !== undefined || job.report == null)) {
      const news = newsOf(before.current, job, speech);
      if (news !== undefined) till.speak(news);
      if (job.report != null) void queries.invalidateQueries({ queryKey: ['import', 'history'] });
    }
    if (read.data !== undefined) before.current = job ?? null;
  }, [job, read.data, speech, till, queries]);
  const setJob = (next: ImportJob) => {
    queries.setQueryData<ImportWork>(['import', 'work'], (known) => (known === undefined ? known : { ...known, job: next }));
    void queries.invalidateQueries({ queryKey: ['import'] });
  };
  return { work: read.data, setJob };
}
