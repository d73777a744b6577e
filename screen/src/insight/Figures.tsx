import type { Figure } from './saying';
import css from './insight.module.css';

/** The figures at the top of the page. */
export function Figures({ figures }: { figures: readonly Figure[] }) {
  return (
    <dl className={css.figures}>
      {figures.map((figure) => (
        <div key={figure.id} className={css.figure} data-testid={`insight-figure-${figure.id}`}>
          <dt>{figure.name}</dt>
          <dd className={`${css.value} num`}>{figure.value}</dd>
          <dd className={`${css.note} num`} data-tone={figure.tone}>{figure.note}</dd>
        </div>
      ))}
    </dl>
  );
}
