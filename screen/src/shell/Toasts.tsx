import { useEffect, useRef, useState } from 'react';
import type { ShownToast } from '../till/till';
import { usePlace } from '../router';
import { useSpeech, useTill, useTillState } from '../till/useTill';
import { Button, IconButton } from '../ui/Button';
import { Icon, type IconName } from '../ui/Icon';
import css from './shell.module.css';

/** How long a toast stays that is not an error. */
const STAY_MS = 6_000;
const icons: Record<ShownToast['level'], IconName> = { info: 'info', success: 'check', warn: 'info', error: 'warn' };

/** Words that lie beside the sale: they never take the focus, and an error stays until it is closed. */
export function Toasts() {
  const toasts = useTillState((state) => state.toasts);
  // While money is taken the button that takes it is at the bottom left; the paper beside it can wait.
  const isPaying = usePlace().path.startsWith('/pay/');
  return (
    <div className={`${css.toasts} ${isPaying ? css.toastsAside : ''}`} id="toasts" data-testid="toasts">
      {toasts.map((toast) => (
        <ToastCard key={toast.id} toast={toast} />
      ))}
    </div>
  );
}

function ToastCard({ toast }: { toast: ShownToast }) {
  const till = useTill();
  const { say } = useSpeech();
  const [held, setHeld] = useState(false);
  const shownMs = useRef(0);
  useEffect(() => {
    if (held || toast.level === 'error') return undefined;
    const from = Date.now();
    const timer = setTimeout(() => till.closeToast(toast), STAY_MS - shownMs.current);
    return () => {
      clearTimeout(timer);
      shownMs.current = Math.min(STAY_MS - 1_000, shownMs.current + Date.now() - from);
    };
  }, [held, till, toast]);
  const hold = { onPointerEnter: () => setHeld(true), onPointerLeave: () => setHeld(false), onFocus: () => setHeld(true), onBlur: () => setHeld(false) };
  return (
    <section className={`${css.toast} ${toast.plugin ? css.toastPlugin : ''}`} data-level={toast.level} data-testid="toast" {...hold}>
      <span className={css.toastLevel}>
        <Icon name={toast.plugin && toast.level === 'info' ? 'plug' : icons[toast.level]} size="small" />
      </span>
      {toast.plugin ? (
        <button type="button" className={css.toastText} onClick={() => till.clickToast(toast)}>
          {toast.message}
          <small><Icon name="plug" size="tiny" />{say('by', { plugin: toast.plugin.name })}</small>
        </button>
      ) : (
        <span className={css.toastText}>{toast.message}</span>
      )}
      {toast.button !== undefined && (
        <Button look="plugin" size="small" testId="toast-button" onClick={() => void till.pressToast(toast)}>{toast.button}</Button>
      )}
      <IconButton icon="close" name={say('close')} testId="toast-close" onClick={() => till.closeToast(toast)} />
    </section>
  );
}
