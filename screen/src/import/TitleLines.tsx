import { useId, useState } from 'react';
import { grouped } from '../till/money';
import { useSpeech } from '../till/useTill';
import { Button } from '../ui/Button';
import { linesOf } from './saying';
import ui from '../ui/ui.module.css';
import css from './import.module.css';

interface TitleLinesProps {
  /** How many are passed over. */
  lines: number;
  /** How many stand above the line that looks like the header, where one does. */
  above: number | undefined;
  onRead: (lines: number) => void;
}

/** Titles above the names of the columns: what was done about them, and where a person says otherwise. */
export function TitleLines({ lines, above, onRead }: TitleLinesProps) {
  const { say } = useSpeech();
  const id = useId();
  const [text, setText] = useState(String(lines));
  const wanted = linesOf(text);
  const isNew = wanted !== undefined && wanted !== lines;
  const gaps = { lines: grouped(above ?? 0), header: grouped((above ?? 0) + 1) };
  return (
    <>
      {above !== undefined && (above === lines
        ? <p className={css.note} data-testid="import-titles-passed">{say('importTitlesPassed', gaps)}</p>
        : (
          <div className={css.warn} role="alert" data-testid="import-titles-found">
            <span>{say('importTitlesFound', gaps)}</span>
            <Button size="small" testId="import-titles-pass" onClick={() => onRead(above)}>{say('importTitlesPass', gaps)}</Button>
          </div>
        ))}
      <form
        className={css.lines}
        onSubmit={(event) => {
          event.preventDefault();
          if (isNew) onRead(wanted);
        }}
      >
        <label htmlFor={id}>{say('importSkipLines')}</label>
        <span className={`${ui.field} ${wanted === undefined ? ui.fieldBad : ''}`}>
          <input id={id} inputMode="numeric" autoComplete="off" maxLength={4} value={text} aria-invalid={wanted === undefined} aria-describedby={`${id}-hint`} data-testid="import-skip-lines" onChange={(event) => setText(event.target.value)} />
        </span>
        <Button size="small" type="submit" testId="import-skip-read" aria-disabled={!isNew}>{say('importSkipRead')}</Button>
        <span id={`${id}-hint`} className={css.sub}>{say('importSkipHint')}</span>
      </form>
    </>
  );
}
