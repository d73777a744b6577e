import { describe, expect, test } from 'vitest';
import type { SettingInput, SettingValue } from '../api/types';
import { changesOf, draftOf, problemsOf, type Draft } from './settings';

const input = (id: string, kind: SettingInput['kind'], more: Partial<SettingInput> = {}): SettingInput => ({ id, kind, label: id, required: false, values: [], candidates: [], ...more });
const options = [{ id: 'a', label: 'A' }, { id: 'b', label: 'B' }];

describe('what is wrong with a field', () => {
  test.each<[SettingInput, Draft[string], string | undefined]>([
    [input('x', 'text', { required: true }), '', 'errorRequired'],
    [input('x', 'text'), '', undefined],
    [input('x', 'text'), 'a'.repeat(4_001), 'errorLong'],
    [input('x', 'text', { length_max: 2 }), '가나다', 'errorLong'],
    [input('x', 'text', { length_max: 2 }), '가나', undefined],
    [input('x', 'text', { length_max: 1 }), '🍰', undefined],
    [input('x', 'number'), '12a', 'errorNumber'],
    [input('x', 'number'), '1,000', undefined],
    [input('x', 'number'), 'Infinity', 'errorNumber'],
    [input('x', 'number', { min: 1_000 }), '500', 'errorLeast'],
    [input('x', 'number', { max: 10 }), '11', 'errorMost'],
    [input('x', 'number', { min: 0 }), '-0.5', 'errorLeast'],
    [input('x', 'slider', { min: 5, max: 20, step: 5 }), '12', 'errorStep'],
    [input('x', 'slider', { min: 0, max: 1, step: 0.1 }), '0.3', undefined],
    [input('x', 'radio', { values: options }), 'c', 'errorChoice'],
    [input('x', 'radio', { values: options }), 'b', undefined],
    [input('x', 'checkbox', { values: options, required: true }), [], 'errorRequired'],
    [input('x', 'checkbox', { values: options }), ['a', 'c'], 'errorChoice'],
    [input('x', 'toggle', { required: true }), false, undefined],
    [input('x', 'password', { required: true }), '', 'errorRequired'],
  ])('%o holding %o', (field, value, expected) => expect(problemsOf([field], { x: value }, {})['x']?.word).toBe(expected));

  test('an empty password keeps the one that is stored', () =>
    expect(problemsOf([input('x', 'password', { required: true })], { x: '' }, { x: '' })).toEqual({}));
  test('a button is never wrong', () => expect(problemsOf([input('x', 'button', { required: true })], {}, {})).toEqual({}));
});

describe('the form', () => {
  const inputs = [input('name', 'text', { default: '단골' }), input('least', 'number', { default: 1_000 }), input('on', 'toggle'), input('who', 'checkbox', { values: options }), input('key', 'password'), input('level', 'slider', { min: 5 }), input('test', 'button')];
  const values: Record<string, SettingValue> = { least: 5_000, who: ['a'], key: '' };

  test('begins with what is stored, else the defaults', () =>
    expect(draftOf(inputs, values)).toEqual({ name: '단골', least: '5000', on: false, who: ['a'], key: '', level: '5' }));

  test('sends what changed, numbers as numbers', () => {
    const before = draftOf(inputs, values);
    expect(changesOf(inputs, { ...before, least: '7,000', on: true, who: ['a', 'b'] }, before)).toEqual({ least: 7_000, on: true, who: ['a', 'b'] });
    expect(changesOf(inputs, before, before)).toEqual({});
  });

  test('sends a text that was emptied', () => {
    const before = draftOf(inputs, values);
    expect(changesOf(inputs, { ...before, name: '' }, before)).toEqual({ name: '' });
  });
});
