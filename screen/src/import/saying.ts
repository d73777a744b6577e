import { Problem } from '../api/client';
import type { ColumnProposal, ImportJob, ImportOutcome, ImportReport, MappingChoice, Proposal } from '../api/types';
import { grouped } from '../till/money';
import type { Tone } from '../ui/pieces';
import type { Word } from '../words';
import type { Speech } from '../till/useTill';

/** What a file can be taken for. */
export type Kind = 'menu' | 'stock' | 'own';
export const kinds: readonly Kind[] = ['menu', 'stock', 'own'];
export const kindWords: Record<Kind, Word> = { menu: 'importMenu', stock: 'importStock', own: 'importOwn' };

const columnWords: Record<string, Word> = {
  item: 'importColItem', title: 'importColTitle', title_en: 'importColTitleEn', category: 'importColCategory', price: 'importColPrice', tax_free: 'importColTaxFree',
  barcode: 'importColBarcode', sku: 'importColSku', stock: 'importColStock', state: 'importColState', description: 'importColDescription', quantity: 'importColQuantity',
};

export const outcomeWords: Record<ImportOutcome, Word> = {
  done: 'importDone', some_refused: 'importSomeRefused', limit: 'importLimit', sink_gone: 'importSinkGone', to_mend: 'importToMend', stopped: 'importStopped', broken: 'importBroken',
};
export const outcomeTones: Record<ImportOutcome, Tone> = { done: 'ok', some_refused: 'warn', limit: 'bad', sink_gone: 'bad', to_mend: 'bad', stopped: 'plain', broken: 'bad' };

const stageWords: Record<string, Word> = { read: 'importStageRead', parse: 'importStageParse', check: 'importStageCheck', write: 'importStageWrite' };

/** What the till calls a column of its own; one that only the shop's mapping knows is called as there. */
export function columnName(name: string, speech: Speech): string {
  const word = columnWords[name];
  return word === undefined ? name : speech.say(word);
}

/** The kind that a file was taken for, when the till has such a one. */
export function kindOf(proposal: Proposal): Kind | undefined {
  if (!proposal.is_taken) return undefined;
  return proposal.kind === 'menu' || proposal.kind === 'stock' ? proposal.kind : 'own';
}

/** Columns that every row needs and the file does not have. */
export function missing(columns: readonly ColumnProposal[]): ColumnProposal[] {
  return columns.filter((column) => column.is_required && column.source == null);
}

/** Lines above the one that looks like the header, when others are passed over. */
export function titlesMissed(proposal: Proposal): number | undefined {
  const above = proposal.titles_above ?? undefined;
  return above === proposal.skip_lines ? undefined : above;
}

/** The most lines that are passed over, as the server has it. */
const SKIP_LINES_MAX = 1_000;

/** How many lines a person wants to be passed over; nothing where that is no such number. */
export function linesOf(text: string): number | undefined {
  const lines = Number(text);
  return /^\d+$/.test(text.trim()) && lines <= SKIP_LINES_MAX ? lines : undefined;
}

/** Columns worth a line of their own: those of the file, and those that it should have. */
export function worthALine(column: ColumnProposal): boolean {
  return column.source != null || column.is_required;
}

/** The choice that is sent for a kind. */
export function choiceOf(kind: Kind, toml: string): MappingChoice {
  return kind === 'own' ? { own: toml } : { kind };
}

/** How well the first values of a column fit. */
export function fitOf(column: ColumnProposal): Tone {
  if (column.source == null) return column.is_required ? 'bad' : 'plain';
  return column.fitting === column.values ? 'ok' : 'warn';
}

/** Bytes as a person reads them. */
export function bytesInWords(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit + 1 < units.length) {
    size /= 1000;
    unit += 1;
  }
  return unit === 0 ? `${bytes} B` : `${size.toFixed(1)} ${units[unit]}`;
}

/** How a CSV file's cells are parted. */
export function formatOf(proposal: Proposal, speech: Speech): string {
  if (proposal.format === 'json_lines') return 'JSON Lines';
  if (proposal.format === 'parquet') return 'Parquet';
  const parts: Record<string, Word> = { ',': 'importComma', ';': 'importSemicolon', '\t': 'importTab', '|': 'importBar' };
  const word = parts[proposal.separator ?? ','];
  return `CSV · ${word === undefined ? (proposal.separator ?? '') : speech.say(word)}`;
}

/** Whether it still goes on. */
export function isUnderWay(job: ImportJob | null | undefined): job is ImportJob {
  return job != null && job.report == null;
}

/** How far it is, in one line. */
export function paceOf(job: ImportJob, speech: Speech): string {
  const { progress } = job;
  const parts = [
    // What was read ahead of a slow till is not done yet.
    speech.say('importPaceRows', { rows: grouped(progress.rows_written + progress.rows_refused), refused: grouped(progress.rows_refused) }),
    speech.say('importPaceSpeed', { rows: grouped(progress.rows_per_second) }),
  ];
  if (progress.left_ms != null) parts.push(speech.say('importPaceLeft', { seconds: Math.max(1, Math.ceil(progress.left_ms / 1000)) }));
  const stage = stageWords[progress.slowest_stage ?? ''];
  if (stage !== undefined) parts.push(speech.say('importPaceSlowest', { stage: speech.say(stage) }));
  return parts.join(' · ');
}

/** What it came to, in one sentence. */
export function resultOf(job: ImportJob, report: ImportReport, speech: Speech): string {
  const gaps = { read: grouped(report.rows_read), written: grouped(report.rows_written), refused: grouped(report.rows_refused) };
  return speech.say(job.what === 'check' ? 'importCheckResult' : 'importResult', gaps);
}

/** A quarter of the way is worth a sentence to who listens; each row would be noise. */
const TOLD_EVERY_PER_MILLE = 250;

/** What who listens is told between two looks at the same work; nothing when nothing worth telling happened. */
export function newsOf(before: ImportJob | null | undefined, now: ImportJob, speech: Speech): string | undefined {
  const wasUnderWay = before == null || before.number !== now.number || before.report == null;
  if (now.report != null) return wasUnderWay ? `${speech.say(outcomeWords[now.report.outcome])}. ${resultOf(now, now.report, speech)}` : undefined;
  const quarter = (job: ImportJob) => Math.floor((job.progress.per_mille ?? 0) / TOLD_EVERY_PER_MILLE);
  const passed = before == null || before.number !== now.number ? 0 : quarter(before);
  if (quarter(now) <= passed) return undefined;
  return speech.say('importTold', { percent: (quarter(now) * TOLD_EVERY_PER_MILLE) / 10 });
}

/** Whether the till knows the file: then a person says what to do. */
export function knownAs(error: unknown): 'imported' | 'begun' | undefined {
  if (!(error instanceof Problem)) return undefined;
  return { 'imported-before': 'imported' as const, 'begun-before': 'begun' as const }[error.code];
}
