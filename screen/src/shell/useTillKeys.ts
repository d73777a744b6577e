import { useEffect, useRef } from 'react';
import { here, setQuery } from '../router';
import { ScannerWatch } from '../till/scanner';
import { useTill } from '../till/useTill';
import { leaveTo } from './leave';

/** What the keys need from the screen around them. */
interface KeyOwner {
  showKeys: () => void;
  resizeDrawer: (steps: number) => void;
}

/** `G` waits this long for the second key. */
const GO_MS = 1_200;

/** Keys that work everywhere, and the scanner. Each screen adds its own. Typing into a field is left alone. */
export function useTillKeys(owner: KeyOwner): void {
  const till = useTill();
  const current = useRef(owner);
  useEffect(() => {
    current.current = owner;
  });
  useEffect(() => {
    const scanner = new ScannerWatch();
    let goUntilMs = 0;
    const press = (event: KeyboardEvent) => {
      const atMs = event.timeStamp;
      const code = scanner.press({ key: event.key, atMs });
      const typing = isTyping(event.target);
      if (code !== undefined && !typing) {
        event.preventDefault();
        event.stopImmediatePropagation();
        void till.scan(code);
        return;
      }
      if (event.altKey && event.key.toLowerCase() === 't') {
        event.preventDefault();
        document.querySelector<HTMLElement>('#toasts button')?.focus();
        return;
      }
      if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('[data-dialog]') !== null) return;
      if (atMs < goUntilMs) {
        const to = { o: '/order', h: '/orders', t: '/tables', f: '/import', i: '/insight' }[event.key.toLowerCase()];
        goUntilMs = 0;
        if (to !== undefined) void leaveTo(till, to);
        return;
      }
      if (event.key === 'g' || event.key === 'G') goUntilMs = atMs + GO_MS;
      else if (event.key === '`') setQuery({ dev: here().query.has('dev') ? undefined : '', tab: undefined }, 'push');
      else if (event.key === '[') current.current.resizeDrawer(1);
      else if (event.key === ']') current.current.resizeDrawer(-1);
      else if (event.key === '?') current.current.showKeys();
    };
    addEventListener('keydown', press, true);
    return () => removeEventListener('keydown', press, true);
  }, [till]);
}

/** True when keys belong to a field. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'button', 'range'].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}
