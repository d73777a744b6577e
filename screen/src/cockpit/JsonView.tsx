import { useMemo, type ReactNode } from 'react';
import { useSpeech } from '../till/useTill';
import css from './cockpit.module.css';

/** More than this is not laid out: a person reads no further, and the page would stand still. */
const CHARACTERS_MAX = 60_000;

/** JSON with its parts coloured; a text, as of the console or of an error, as it was written. */
export function JsonView({ value }: { value: unknown }) {
  const { say } = useSpeech();
  const isText = typeof value === 'string';
  const text = useMemo(() => (isText ? value : (JSON.stringify(value, null, 2) ?? '')), [isText, value]);
  const isCut = text.length > CHARACTERS_MAX;
  const parts = useMemo(() => {
    const shown = isCut ? text.slice(0, CHARACTERS_MAX) : text;
    return isText ? shown : coloured(shown);
  }, [text, isText, isCut]);
  return (
    <>
      {isCut && <p className={css.dim}>{say('bodyCut')}</p>}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a long text is scrolled with the keys */}
      <pre className={css.json} tabIndex={0} data-testid="tl-json">{text === '' ? say('noBody') : parts}</pre>
    </>
  );
}

const PIECE = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/g;

function coloured(text: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let from = 0;
  for (const match of text.matchAll(PIECE)) {
    if (match.index > from) parts.push(text.slice(from, match.index));
    const [whole, string, colon] = match;
    if (string !== undefined) parts.push(<span key={match.index} className={colon === undefined ? css.jsonText : css.jsonKey}>{string}</span>, colon ?? '');
    else parts.push(<span key={match.index} className={css.jsonNumber}>{whole}</span>);
    from = match.index + whole.length;
  }
  parts.push(text.slice(from));
  return parts;
}
