import { useEffect, useEffectEvent, useRef, useState } from 'react';
import type { Upload } from '../api/types';
import { useSpeech } from '../till/useTill';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { bytesInWords } from './saying';
import css from './import.module.css';

interface DropZoneProps {
  isOver: boolean;
  isBusy: boolean;
  upload: Upload | undefined;
  bytesMax: number | undefined;
  onFile: (file: File) => void;
}

/** Where a file is dropped or chosen; afterwards which it is. */
export function DropZone({ isOver, isBusy, upload, bytesMax, onFile }: DropZoneProps) {
  const { say } = useSpeech();
  const input = useRef<HTMLInputElement>(null);
  return (
    <div className={`${css.zone} ${upload === undefined ? '' : css.zoneFull} ${isOver ? css.zoneOver : ''}`} data-testid="import-zone">
      <Icon name="in" size="large" />
      <div className={css.zoneText}>
        <b className="ell" data-testid="import-file-name">{upload?.name ?? say(isBusy ? 'importReading' : 'importDrop')}</b>
        <small>{upload === undefined ? say('importDropHint', { size: bytesMax === undefined ? '…' : bytesInWords(bytesMax) }) : bytesInWords(upload.bytes)}</small>
      </div>
      <input
        ref={input} type="file" className="vh" tabIndex={-1} aria-hidden="true" data-testid="import-file"
        onChange={(event) => {
          const file = event.target.files?.[0];
          // The same file, mended, is chosen again under the same name.
          event.target.value = '';
          if (file !== undefined) onFile(file);
        }}
      />
      <Button look={upload === undefined ? 'ink' : 'plain'} testId="import-choose" aria-disabled={isBusy} onClick={() => input.current?.click()}>
        {say(upload === undefined ? 'importChoose' : 'importChooseOther')}
      </Button>
    </div>
  );
}

/** Takes a file that is dropped anywhere on the page; without this the browser would leave the till and show it. True while one is over the page. */
export function useFileDrop(onFile: (file: File) => void): boolean {
  const [isOver, setOver] = useState(false);
  const take = useEffectEvent(onFile);
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent) => {
      event.preventDefault();
      setOver(false);
      const file = event.dataTransfer?.files[0];
      if (file !== undefined) take(file);
    };
    addEventListener('dragover', over);
    addEventListener('dragleave', leave);
    addEventListener('drop', drop);
    return () => {
      removeEventListener('dragover', over);
      removeEventListener('dragleave', leave);
      removeEventListener('drop', drop);
    };
  }, []);
  return isOver;
}
