import spriteText from './sprite.svg?raw';
import css from './ui.module.css';

/** Every drawing of the sprite; a test holds this list and the file together. */
export const iconNames = [
  'mark', 'order', 'receipt', 'table', 'plug', 'search', 'plus', 'minus', 'check', 'close', 'back', 'down', 'pencil', 'tag', 'bin', 'bag',
  'card', 'cash', 'bank', 'print', 'no', 'hourglass', 'lost', 'unplug', 'again', 'play', 'stop', 'pause', 'warn', 'info', 'erase',
  'terminal', 'in', 'out', 'more', 'clock', 'scooter', 'tap', 'hold', 'insight', 'filter',
] as const;
export type IconName = (typeof iconNames)[number];
export type IconSize = 'tiny' | 'small' | 'usual' | 'large';

/** One drawing; always beside a word or on a control that has a name. */
export function Icon({ name, size = 'usual' }: { name: IconName; size?: IconSize }) {
  return (
    <svg className={`${css.icon} ${css[size]}`} aria-hidden="true">
      <use href={`#i-${name}`} />
    </svg>
  );
}

/** A drawing of a kind of menu item. */
export function Glyph({ name, className }: { name: string; className?: string }) {
  return (
    <svg className={`${css.glyph} ${className ?? ''}`} aria-hidden="true">
      <use href={`#g-${name}`} />
    </svg>
  );
}

/** Puts the drawings into the page once, where `use` finds them without a request. */
export function placeSprite(page: Document): void {
  const sprite = new DOMParser().parseFromString(spriteText, 'image/svg+xml').documentElement;
  sprite.setAttribute('aria-hidden', 'true');
  // `hidden` means nothing on an svg, and an unsized one would push the page down.
  sprite.setAttribute('width', '0');
  sprite.setAttribute('height', '0');
  sprite.setAttribute('class', 'vh');
  page.body.prepend(page.importNode(sprite, true));
}
