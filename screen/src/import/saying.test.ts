import { describe, expect, test } from 'vitest';
import { Problem } from '../api/client';
import type { ColumnProposal, ImportJob, ImportReport, Proposal } from '../api/types';
import { speechOf } from '../till/useTill';
import { bytesInWords, choiceOf, columnName, fitOf, formatOf, isUnderWay, kindOf, knownAs, linesOf, missing, newsOf, paceOf, resultOf, titlesMissed, worthALine } from './saying';

const ko = speechOf('ko');
const column = (change: Partial<ColumnProposal>): ColumnProposal => ({ name: 'price', source: '가격', kind: 'money', is_required: true, values: 20, fitting: 20, ...change });
const proposal = (change: Partial<Proposal>): Proposal => ({
  upload: { id: 'u', name: '메뉴.csv', bytes: 9 }, encoding: 'CP949', format: 'csv', separator: ',', kind: 'menu', is_taken: true, columns: [], unused: [], titles: [], column_count: 0, skip_lines: 0, rows: [], refused: [], toml: '', ...change,
});
const report = (change: Partial<ImportReport>): ImportReport => ({
  outcome: 'some_refused', started_at: '2026-11-22T03:00:00Z', duration_ms: 1, rows_read: 1200, rows_written: 1198, rows_unchanged: 0, changes: null, rows_refused: 2, refused_by_reason: [],
  first_refused: [], findings: [], has_refused_file: true, ...change,
});
const job = (perMille: number, change: Partial<ImportJob> = {}): ImportJob => ({
  number: 1, what: 'import', upload: { id: 'u', name: '메뉴.csv', bytes: 9 }, mapping: 'menu',
  progress: { elapsed_ms: 100, rows_read: 1500, rows_written: 1400, rows_refused: 2, bytes_read: 1, rows_per_second: 15000, per_mille: perMille, left_ms: 1200, slowest_stage: 'write' },
  ...change,
});

test('a file is what the till takes, or its own', () => {
  expect(kindOf(proposal({}))).toBe('menu');
  expect(kindOf(proposal({ kind: 'stock' }))).toBe('stock');
  expect(kindOf(proposal({ kind: null }))).toBe('own');
  expect(kindOf(proposal({ kind: 'settlement', is_taken: false }))).toBeUndefined();
  expect(choiceOf('menu', 'x')).toEqual({ kind: 'menu' });
  expect(choiceOf('own', 'name = "x"')).toEqual({ own: 'name = "x"' });
});

test('a column says how well it fits, and is missed only when every row needs it', () => {
  expect(fitOf(column({}))).toBe('ok');
  expect(fitOf(column({ fitting: 18 }))).toBe('warn');
  expect(fitOf(column({ source: null }))).toBe('bad');
  expect(fitOf(column({ source: null, is_required: false }))).toBe('plain');
  const columns = [column({}), column({ name: 'title', source: null }), column({ name: 'sku', source: null, is_required: false })];
  expect(missing(columns).map((one) => one.name)).toEqual(['title']);
  expect(columns.filter(worthALine).map((one) => one.name)).toEqual(['price', 'title']);
  expect(columnName('title', ko)).toBe('상품명');
  expect(columnName('내 열', ko)).toBe('내 열');
});

test('titles are missed where others are passed over', () => {
  expect(titlesMissed(proposal({}))).toBeUndefined();
  expect(titlesMissed(proposal({ skip_lines: 2, titles_above: 2 }))).toBeUndefined();
  expect(titlesMissed(proposal({ skip_lines: 0, titles_above: 2 }))).toBe(2);
  expect(['0', ' 12', '1000', '1001', '', '-1', '1.5', 'x'].map(linesOf)).toEqual([0, 12, 1000, undefined, undefined, undefined, undefined, undefined]);
});

test('files are told in words', () => {
  expect([0, 999, 1_000, 97_100_000, 256 * 1024 * 1024].map(bytesInWords)).toEqual(['0 B', '999 B', '1.0 kB', '97.1 MB', '268.4 MB']);
  expect(formatOf(proposal({}), ko)).toBe('CSV · 쉼표로 나뉨');
  expect(formatOf(proposal({ separator: '\t' }), ko)).toBe('CSV · 탭으로 나뉨');
  expect(formatOf(proposal({ separator: '~' }), ko)).toBe('CSV · ~');
  expect(formatOf(proposal({ format: 'json_lines', separator: undefined }), ko)).toBe('JSON Lines');
});

test('work under way is told in one line', () => {
  expect(isUnderWay(null)).toBe(false);
  expect(isUnderWay(job(1))).toBe(true);
  expect(isUnderWay(job(1, { report: report({}) }))).toBe(false);
  expect(paceOf(job(250), ko)).toBe('1,402줄 · 거절 2줄 · 1초에 15,000줄 · 2초 남음 · 가장 느린 단계: 쓰기');
  expect(resultOf(job(1000), report({}), ko)).toBe('1,200줄 가운데 1,198줄을 가져왔고 2줄은 거절했어요');
  expect(resultOf(job(1000, { what: 'check' }), report({}), ko)).toBe('1,200줄 가운데 1,198줄을 가져올 수 있고 2줄은 거절돼요');
});

describe('who listens is told', () => {
  test('each quarter once', () => {
    expect(newsOf(null, job(0), ko)).toBeUndefined();
    expect(newsOf(null, job(300), ko)).toBe('25% 했어요');
    expect(newsOf(job(300), job(400), ko)).toBeUndefined();
    expect(newsOf(job(300), job(760), ko)).toBe('75% 했어요');
    expect(newsOf(job(760), job(260, { number: 2 }), ko)).toBe('25% 했어요');
  });

  test('the end once', () => {
    const ended = job(1000, { report: report({}) });
    expect(newsOf(job(300), ended, ko)).toBe('일부 줄을 거절했어요. 1,200줄 가운데 1,198줄을 가져왔고 2줄은 거절했어요');
    expect(newsOf(ended, ended, ko)).toBeUndefined();
    expect(newsOf({ ...ended, number: 0 }, ended, ko)).toBeDefined();
  });
});

test('a file that the till knows is asked about', () => {
  expect(knownAs(new Problem(409, 'imported-before', '', ''))).toBe('imported');
  expect(knownAs(new Problem(409, 'begun-before', '', ''))).toBe('begun');
  expect(knownAs(new Problem(409, 'import-under-way', '', ''))).toBeUndefined();
  expect(knownAs(new Error('no'))).toBeUndefined();
});
