import { useEffect, useRef } from 'react';
import { isTyping } from '../shell/useTillKeys';
import { useTill } from '../till/useTill';

/** Keys of the order tab, for tills with a keyboard. */
export function useOrderKeys(owner: { pay: () => void; find: () => void }): void {
  const till = useTill();
  const current = useRef(owner);
  useEffect(() => {
    current.current = owner;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || document.querySelector('[data-dialog]') !== null) return;
      if (event.key === 'F2' || (event.key === 'Enter' && event.ctrlKey)) {
        event.preventDefault();
        current.current.pay();
        return;
      }
      if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      const { cart, chosenLine } = till.store.get();
      const lines = cart?.lines ?? [];
      const at = lines.findIndex((line) => line.key === chosenLine);
      const line = lines[at];
      switch (event.key) {
        case '/':
          event.preventDefault();
          return current.current.find();
        case 'ArrowDown':
          return till.chooseLine(lines[Math.min(at + 1, lines.length - 1)]?.key);
        case 'ArrowUp':
          return till.chooseLine(lines[Math.max(at < 0 ? lines.length - 1 : at - 1, 0)]?.key);
        case 'Escape':
          return till.chooseLine(undefined);
      }
      if (line === undefined) return;
      switch (event.key) {
        case '+':
        case '=':
          return till.tap({ do: 'quantity', key: line.key, quantity: line.quantity + 1 });
        case '-':
          if (line.quantity > 1) till.tap({ do: 'quantity', key: line.key, quantity: line.quantity - 1 });
          return;
        case 'Delete':
          return till.tap({ do: 'remove', key: line.key });
        case 'm':
        case 'M':
          event.preventDefault();
          return ask('memo', line.key);
        case 'd':
        case 'D':
          return ask('discount', line.key);
      }
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [till]);
}

function ask(what: 'memo' | 'discount', line: string): void {
  dispatchEvent(new CustomEvent('madang:ask-line', { detail: { what, line } }));
}
