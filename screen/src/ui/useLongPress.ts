import { useEffect, useRef, type KeyboardEvent, type MouseEvent, type PointerEvent } from 'react';

/** A finger that stays this long means the menu of what it rests on. */
const LONG_PRESS_MS = 500;
/** A finger that moves further is scrolling. */
const MOVED_PX_MAX = 10;

/** What opens the menu of an element: a long press, the other mouse button, Shift+F10 or the menu key. A click then does nothing. */
export function useLongPress(onMenu: () => void) {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const begun = useRef<{ x: number; y: number } | undefined>(undefined);
  const isDone = useRef(false);
  const stop = () => {
    clearTimeout(timer.current);
    timer.current = undefined;
    begun.current = undefined;
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  const open = () => {
    stop();
    if (isDone.current) return;
    isDone.current = true;
    onMenu();
  };
  return {
    onPointerDown: (event: PointerEvent) => {
      isDone.current = false;
      if (event.button !== 0) return;
      begun.current = { x: event.clientX, y: event.clientY };
      timer.current = setTimeout(open, LONG_PRESS_MS);
    },
    onPointerMove: (event: PointerEvent) => {
      if (begun.current !== undefined && Math.hypot(event.clientX - begun.current.x, event.clientY - begun.current.y) > MOVED_PX_MAX) stop();
    },
    onPointerUp: stop,
    onPointerLeave: stop,
    onPointerCancel: stop,
    onContextMenu: (event: MouseEvent) => {
      event.preventDefault();
      open();
    },
    onKeyDown: (event: KeyboardEvent) => {
      isDone.current = false;
      if (event.key !== 'ContextMenu' && !(event.key === 'F10' && event.shiftKey)) return;
      event.preventDefault();
      open();
    },
    onClickCapture: (event: MouseEvent) => {
      if (!isDone.current) return;
      isDone.current = false;
      event.preventDefault();
      event.stopPropagation();
    },
  };
}
