import type { SettingInput, SettingValue } from '../api/types';
import type { Gaps, Word } from '../words';

/** What stands in a form while it is filled in: numbers are text until they are saved. */
export type Draft = Readonly<Record<string, string | boolean | readonly string[]>>;
/** What is wrong with a field. */
export interface FieldProblem {
  word: Word;
  gaps?: Gaps;
}

/** The longest text a field takes; the till refuses longer ones. */
export const TEXT_LENGTH_MAX = 4_000;

/** The form as it begins: what is stored, else what the plugin put there. A password is never shown. */
export function draftOf(inputs: readonly SettingInput[], values: Readonly<Record<string, SettingValue>>): Draft {
  return Object.fromEntries(inputs.filter((input) => input.kind !== 'button').map((input) => [input.id, shown(input, values[input.id] ?? input.default ?? undefined)]));
}

/** What is wrong, by input; an empty object when all is right. */
export function problemsOf(inputs: readonly SettingInput[], draft: Draft, stored: Readonly<Record<string, SettingValue>>): Record<string, FieldProblem> {
  const problems: Record<string, FieldProblem> = {};
  for (const input of inputs) {
    const problem = problemOf(input, draft[input.id], stored[input.id]);
    if (problem !== undefined) problems[input.id] = problem;
  }
  return problems;
}

/** What changed, as the till stores it. */
export function changesOf(inputs: readonly SettingInput[], draft: Draft, before: Draft): Record<string, SettingValue> {
  const changes: Record<string, SettingValue> = {};
  for (const input of inputs) {
    const value = draft[input.id];
    if (value === undefined || isSame(value, before[input.id])) continue;
    const stored = asStored(input, value);
    if (stored !== undefined) changes[input.id] = stored;
  }
  return changes;
}

/** What radio and checkbox offer. */
export function offered(input: SettingInput): NonNullable<SettingInput['values']> {
  return input.values ?? [];
}

function shown(input: SettingInput, value: SettingValue | undefined): string | boolean | readonly string[] {
  switch (input.kind) {
    case 'toggle':
      return value === true;
    case 'checkbox':
      return Array.isArray(value) ? value : [];
    case 'password':
      return '';
    case 'slider':
      return typeof value === 'number' ? String(value) : String(input.min ?? 0);
    default:
      return value === undefined || typeof value === 'boolean' || Array.isArray(value) ? '' : String(value);
  }
}

function problemOf(input: SettingInput, value: Draft[string] | undefined, stored: SettingValue | undefined): FieldProblem | undefined {
  const isEmpty = value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
  if (isEmpty) {
    // A password that is stored is told as an empty text: leaving the field empty keeps it.
    const isKept = input.kind === 'password' && stored !== undefined;
    return input.required && input.kind !== 'button' && !isKept ? { word: 'errorRequired' } : undefined;
  }
  switch (input.kind) {
    case 'number':
    case 'slider':
      return numberProblem(input, String(value));
    case 'text':
    case 'password':
      return lengthProblem(input, String(value));
    case 'radio':
      return offered(input).some((option) => option.id === value) ? undefined : { word: 'errorChoice' };
    case 'checkbox':
      return Array.isArray(value) && value.every((id) => offered(input).some((option) => option.id === id)) ? undefined : { word: 'errorChoice' };
    default:
      return undefined;
  }
}

function lengthProblem(input: SettingInput, text: string): FieldProblem | undefined {
  const most = Math.min(input.length_max ?? TEXT_LENGTH_MAX, TEXT_LENGTH_MAX);
  // Characters, as the till counts them.
  return [...text].length > most ? { word: 'errorLong', gaps: { count: most } } : undefined;
}

function numberProblem(input: SettingInput, text: string): FieldProblem | undefined {
  const number = asNumber(text);
  if (number === undefined) return { word: 'errorNumber' };
  const [least, most, step] = [input.min ?? undefined, input.max ?? undefined, input.step ?? undefined];
  if (least !== undefined && number < least) return { word: 'errorLeast', gaps: { count: least } };
  if (most !== undefined && number > most) return { word: 'errorMost', gaps: { count: most } };
  if (step !== undefined && step > 0) {
    const steps = (number - (least ?? 0)) / step;
    // Steps as 0.1 do not add up exactly.
    if (Math.abs(steps - Math.round(steps)) > 1e-6) return { word: 'errorStep', gaps: { count: step } };
  }
  return undefined;
}

function asNumber(text: string): number | undefined {
  const number = Number(text.replaceAll(',', '').trim());
  return text.trim() === '' || !Number.isFinite(number) ? undefined : number;
}

function asStored(input: SettingInput, value: Draft[string]): SettingValue | undefined {
  if (input.kind === 'number' || input.kind === 'slider') return asNumber(String(value));
  return typeof value === 'boolean' || typeof value === 'string' ? value : [...value];
}

function isSame(one: Draft[string], other: Draft[string] | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
