import { useEffect, useId, useRef, type ReactNode } from 'react';
import { createPortal } from 'react-dom';
import { useSpeech } from '../till/useTill';
import { IconButton } from './Button';
import css from './ui.module.css';

interface DialogProps {
  title: string;
  /** The title is drawn by the content itself. */
  hideHead?: boolean;
  onClose: () => void;
  className?: string | undefined;
  /** For lists and sentences rather than a question. */
  wide?: boolean;
  /** What lies over the rest; a sheet may leave parts of the till in sight. */
  scrimClassName?: string | undefined;
  closeTestId?: string;
  testId?: string;
  children: ReactNode;
}

const FOCUSABLE = 'button:not([disabled]),input:not([disabled]),textarea:not([disabled]),select:not([disabled]),a[href],[tabindex="0"]';

/**
 * Something that must be answered before the rest goes on. The rest is `inert` meanwhile, the focus stays inside, Escape closes
 * it, and the focus goes back to where it came from.
 */
export function Dialog({ title, hideHead = false, onClose, className, wide = false, scrimClassName, closeTestId, testId, children }: DialogProps) {
  const { say } = useSpeech();
  const box = useRef<HTMLDivElement>(null);
  const titleId = useId();
  const close = useRef(onClose);
  useEffect(() => {
    close.current = onClose;
  });

  useEffect(() => {
    const opener = document.activeElement;
    const rest = document.getElementById('till-frame');
    rest?.setAttribute('inert', '');
    const first = box.current?.querySelector<HTMLElement>('[data-autofocus]') ?? box.current?.querySelector<HTMLElement>('h2') ?? undefined;
    first?.focus();
    return () => {
      // The last dialog to go gives the till back.
      if (document.querySelectorAll('[data-dialog]').length <= 1) rest?.removeAttribute('inert');
      if ((opener instanceof HTMLElement || opener instanceof SVGElement) && opener.isConnected) opener.focus();
    };
  }, []);

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const dialogs = document.querySelectorAll('[data-dialog]');
      if (dialogs[dialogs.length - 1] !== box.current) return;
      if (event.key === 'Escape') {
        event.stopPropagation();
        close.current();
      } else if (event.key === 'Tab') keepInside(event, box.current);
    };
    addEventListener('keydown', press, true);
    return () => removeEventListener('keydown', press, true);
  }, []);

  const host = document.getElementById('till-layer');
  if (host === null) return null;
  return createPortal(
    <>
      <div className={`${css.scrim} ${scrimClassName ?? ''}`} aria-hidden="true" onClick={() => close.current()} />
      <div ref={box} className={className ?? `${css.modal} ${wide ? css.modalWide : ''}`} role="dialog" aria-modal="true" aria-labelledby={titleId} data-dialog="" data-testid={testId}>
        {hideHead ? (
          <h2 id={titleId} className="vh" tabIndex={-1}>{title}</h2>
        ) : (
          <div className={css.modalHead}>
            <h2 id={titleId} tabIndex={-1}>{title}</h2>
            <IconButton icon="close" name={say('close')} testId={closeTestId ?? 'dialog-close'} onClick={() => close.current()} />
          </div>
        )}
        {children}
      </div>
    </>,
    host,
  );
}

function keepInside(event: KeyboardEvent, box: HTMLElement | null): void {
  const stops = box === null ? [] : [...box.querySelectorAll<HTMLElement>(FOCUSABLE)].filter((stop) => stop.tabIndex >= 0);
  const [first, last] = [stops[0], stops[stops.length - 1]];
  if (first === undefined || last === undefined) return;
  const at = document.activeElement;
  const isOutside = box !== null && !box.contains(at);
  if (event.shiftKey && (at === first || isOutside || at?.tagName === 'H2')) {
    event.preventDefault();
    last.focus();
  } else if (!event.shiftKey && (at === last || isOutside)) {
    event.preventDefault();
    first.focus();
  }
}
