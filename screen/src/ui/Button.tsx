import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { Icon, type IconName } from './Icon';
import css from './ui.module.css';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: 'primary' | 'plain' | 'quiet' | 'danger' | 'dangerPlain' | 'ink' | 'plugin';
  size?: 'usual' | 'small' | 'large' | 'dense';
  icon?: IconName;
  testId?: string;
  children?: ReactNode;
}

const sizes = { usual: '', small: css.sizeSmall, large: css.sizeLarge, dense: css.sizeDense };

/** A button with words. */
export function Button({ look = 'plain', size = 'usual', icon, testId, children, className, ...rest }: ButtonProps) {
  return (
    <button type="button" className={`${css.button} ${css[look]} ${sizes[size]} ${className ?? ''}`} data-testid={testId} {...rest}>
      {icon && <Icon name={icon} size={size === 'large' ? 'usual' : 'small'} />}
      {children}
    </button>
  );
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  icon: IconName;
  name: string;
  dense?: boolean;
  testId?: string;
}

/** A button that is only a drawing; its name is for who cannot see it. */
export function IconButton({ icon, name, dense = false, testId, className, ...rest }: IconButtonProps) {
  return (
    <button type="button" className={`${css.iconButton} ${dense ? css.iconDense : ''} ${className ?? ''}`} aria-label={name} title={name} data-testid={testId} {...rest}>
      <Icon name={icon} size={dense ? 'small' : 'usual'} />
    </button>
  );
}
