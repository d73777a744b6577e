import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useState, type FormEvent } from 'react';
import { Problem } from '../api/client';
import type { Plugin, SettingInput, Settings } from '../api/types';
import { useSpeech, useTill, type Speech } from '../till/useTill';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { EmptyState, Switch } from '../ui/pieces';
import kit from '../ui/ui.module.css';
import { changesOf, draftOf, offered, problemsOf, TEXT_LENGTH_MAX, type Draft } from './settings';
import css from './cockpit.module.css';

/** The form that a plugin declared. */
export function SettingsForm({ plugin }: { plugin: Plugin }) {
  const till = useTill();
  const { say } = useSpeech();
  const settings = useQuery({ queryKey: ['settings', plugin.id], queryFn: () => till.readSettings(plugin.id) });
  if (settings.data === undefined) return settings.isError ? <EmptyState icon="warn" tone="bad" title={say('settingsNone')} /> : null;
  if (settings.data.inputs.length === 0) return <EmptyState icon="plug" title={say('settingsNone')} />;
  // Another stored state, as after a save or by another window, begins the form anew.
  return <Form key={JSON.stringify(settings.data)} plugin={plugin} settings={settings.data} />;
}

function Form({ plugin, settings }: { plugin: Plugin; settings: Settings }) {
  const till = useTill();
  const speech = useSpeech();
  const { say } = speech;
  const queries = useQueryClient();
  const before = draftOf(settings.inputs, settings.values);
  const [draft, setDraft] = useState<Draft>(before);
  const [told, setTold] = useState<ReadonlySet<string>>(new Set());
  const [refused, setRefused] = useState<Readonly<Record<string, string>>>({});
  const [isSaving, setSaving] = useState(false);
  const problems = problemsOf(settings.inputs, draft, settings.values);
  const changes = changesOf(settings.inputs, draft, before);
  const isChanged = Object.keys(changes).length > 0;

  const change = (id: string, value: Draft[string]) => {
    setDraft({ ...draft, [id]: value });
    setTold(new Set(told).add(id));
    setRefused({ ...refused, [id]: '' });
  };
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setTold(new Set(settings.inputs.map((input) => input.id)));
    if (!isChanged || isSaving || Object.keys(problems).length > 0 || !till.isReached()) return;
    setSaving(true);
    try {
      const saved = await till.writeSettings(plugin.id, changes);
      till.notice('success', say('settingsSaved'));
      queries.setQueryData(['settings', plugin.id], saved);
    } catch (error) {
      if (error instanceof Problem && error.fields !== undefined && error.fields.length > 0) setRefused(Object.fromEntries(error.fields.map((field) => [field.input, speech.name(field.message)])));
      else till.tell(error);
    }
    setSaving(false);
  };
  const errorOf = (input: SettingInput): string | undefined => {
    const problem = problems[input.id];
    if (problem !== undefined && told.has(input.id)) return say(problem.word, problem.gaps);
    return refused[input.id] === '' ? undefined : refused[input.id];
  };
  const [fields, buttons] = [settings.inputs.filter((input) => input.kind !== 'button'), settings.inputs.filter((input) => input.kind === 'button')];

  return (
    <form className={css.form} noValidate onSubmit={(event) => void save(event)}>
      <p className={css.intro}>{say('settingsIntro', { count: settings.inputs.length })}</p>
      <div className={css.fields}>
        {fields.map((input) => (
          <Field key={input.id} input={input} value={draft[input.id]} error={errorOf(input)} isStored={settings.values[input.id] !== undefined} onChange={(value) => change(input.id, value)} />
        ))}
        {buttons.length > 0 && (
          <div className={css.field}>
            <span className={css.label}><small>{say('kindButton')}</small></span>
            <div className={css.buttons}>
              {buttons.map((input) => (
                <Button
                  key={input.id} size="small" look={input.style === 'danger' ? 'dangerPlain' : input.style === 'dark' ? 'ink' : 'plain'} testId={`setting-${input.id}`}
                  onClick={() => void till.pressSetting(plugin.id, input.id)}
                >
                  {input.label}
                </Button>
              ))}
            </div>
          </div>
        )}
      </div>
      <div className={css.formFoot}>
        <span className={css.dim}>{say('settingsSaveTold', { event: 'setting.change.event' })}</span>
        <span className={css.space} />
        <Button disabled={!isChanged} onClick={() => { setDraft(before); setTold(new Set()); setRefused({}); }}>{say('settingsUndo')}</Button>
        <Button look="primary" type="submit" testId="settings-save" aria-disabled={!isChanged || isSaving}>{say('settingsSave')}</Button>
      </div>
    </form>
  );
}

interface FieldProps {
  input: SettingInput;
  value: Draft[string] | undefined;
  error: string | undefined;
  isStored: boolean;
  onChange: (value: Draft[string]) => void;
}

function Field({ input, value, error, isStored, onChange }: FieldProps) {
  const { say } = useSpeech();
  const id = useId();
  const kind: Record<Exclude<SettingInput['kind'], 'button'>, string> = {
    text: say('kindText'), number: numberWords(input, say), password: say('kindPassword'), radio: say('kindRadio'), checkbox: say('kindCheckbox'), toggle: say('kindToggle'),
    slider: say('kindSlider', { least: input.min ?? 0, most: input.max ?? 100 }),
  };
  const isGroup = input.kind === 'radio' || input.kind === 'checkbox' || input.kind === 'toggle';
  const small = input.kind === 'button' ? '' : kind[input.kind];
  return (
    <div className={css.field}>
      {isGroup ? (
        <span className={css.label} id={id}>{input.label}{input.required && <span aria-hidden="true"> *</span>}<small>{small}</small></span>
      ) : (
        <label className={css.label} htmlFor={id}>{input.label}{input.required && <span aria-hidden="true"> *</span>}<small>{small}</small></label>
      )}
      <div>
        <Control input={input} id={id} value={value} isBad={error !== undefined} isStored={isStored} onChange={onChange} />
        {error !== undefined && <p className={css.error} id={`${id}-error`} role="alert">{error}</p>}
      </div>
    </div>
  );
}

function numberWords({ min, max }: SettingInput, say: Speech['say']): string {
  if (min != null && max != null) return say('kindSlider', { least: min, most: max });
  if (min != null) return say('kindNumberLeast', { least: min });
  if (max != null) return say('kindNumberMost', { most: max });
  return say('kindNumber');
}

interface ControlProps {
  input: SettingInput;
  id: string;
  value: Draft[string] | undefined;
  isBad: boolean;
  isStored: boolean;
  onChange: (value: Draft[string]) => void;
}

function Control({ input, id, value, isBad, isStored, onChange }: ControlProps) {
  const { say } = useSpeech();
  const [isShown, setShown] = useState(false);
  const text = typeof value === 'string' ? value : '';
  const candidates = input.candidates ?? [];
  const chosen = Array.isArray(value) ? (value as readonly string[]) : [];
  const about = { 'aria-invalid': isBad, 'aria-describedby': isBad ? `${id}-error` : undefined, 'data-testid': `setting-${input.id}` };
  switch (input.kind) {
    case 'toggle':
      return <span className={css.middle}><Switch name={input.label} on={value === true} testId={`setting-${input.id}`} onChange={onChange} /></span>;
    case 'radio':
      return (
        <div className={css.marks} role="radiogroup" aria-labelledby={id}>
          {offered(input).map((option) => (
            <label key={option.id} className={css.mark}>
              <input type="radio" name={id} checked={text === option.id} data-testid={`setting-${input.id}-${option.id}`} onChange={() => onChange(option.id)} />
              {option.label}
            </label>
          ))}
        </div>
      );
    case 'checkbox':
      return (
        <div className={css.marks} role="group" aria-labelledby={id}>
          {offered(input).map((option) => (
            <label key={option.id} className={css.mark}>
              <input
                type="checkbox" checked={chosen.includes(option.id)} data-testid={`setting-${input.id}-${option.id}`}
                onChange={(event) => onChange(offered(input).map((one) => one.id).filter((one) => (one === option.id ? event.target.checked : chosen.includes(one))))}
              />
              {option.label}
            </label>
          ))}
        </div>
      );
    case 'slider':
      return (
        <span className={css.slider}>
          <input id={id} type="range" min={input.min ?? 0} max={input.max ?? 100} step={input.step ?? 1} value={text} onChange={(event) => onChange(event.target.value)} {...about} />
          <b className="num">{text}</b>
        </span>
      );
    case 'password':
      return (
        <span className={`${kit.field} ${isBad ? kit.fieldBad : ''}`}>
          <input id={id} type={isShown ? 'text' : 'password'} value={text} maxLength={TEXT_LENGTH_MAX} autoComplete="off" placeholder={isStored ? '••••••••' : (input.placeholder ?? '')} onChange={(event) => onChange(event.target.value)} {...about} />
          <button type="button" className={css.chip} onClick={() => setShown(!isShown)}>{say(isShown ? 'passwordHide' : 'passwordShow')}</button>
        </span>
      );
    default:
      return (
        <>
          <span className={`${kit.field} ${isBad ? kit.fieldBad : ''}`}>
            <input id={id} type="text" inputMode={input.kind === 'number' ? 'decimal' : 'text'} value={text} maxLength={TEXT_LENGTH_MAX + 1} placeholder={input.placeholder ?? ''} autoComplete="off" onChange={(event) => onChange(event.target.value)} {...about} />
          </span>
          {candidates.length > 0 && (
            <span className={css.candidates}>
              {candidates.map((candidate) => (
                <button key={candidate.text} type="button" className={css.chip} aria-pressed={text === String(candidate.value)} onClick={() => onChange(String(candidate.value))}>
                  {text === String(candidate.value) && <Icon name="check" size="tiny" />}{candidate.text}
                </button>
              ))}
            </span>
          )}
        </>
      );
  }
}
