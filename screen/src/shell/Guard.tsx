import { Component, type ReactNode } from 'react';
import { Button } from '../ui/Button';
import { EmptyState } from '../ui/pieces';
import { say, type Language } from '../words';

interface GuardProps {
  language: Language;
  children: ReactNode;
}

/** When a part of the screen breaks, it says so and offers to open it again; what was sold is with the till, not here. */
export class Guard extends Component<GuardProps, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override render(): ReactNode {
    if (!this.state.broken) return this.props.children;
    const { language } = this.props;
    return (
      <EmptyState icon="warn" tone="bad" role="alert" title={say(language, 'crashTitle')} text={say(language, 'crashText')}>
        <Button look="ink" icon="again" onClick={() => location.reload()}>
          {say(language, 'crashReload')}
        </Button>
      </EmptyState>
    );
  }
}
