import type { InsightMap } from '../api/types';
import { grouped } from '../till/money';
import { useSpeech } from '../till/useTill';
import { lengthInWords } from './lengths';
import type { Names } from './names';
import { waitInWords } from './saying';
import { lineOf, type Place } from './walk';
import css from './insight.module.css';

interface MapTableProps {
  map: InsightMap;
  names: Names;
  onOpen: (place: Place) => void;
}

/** The map as tables: what comes next, and what is done, the most frequent first. */
export function MapTable({ map, names, onOpen }: MapTableProps) {
  const speech = useSpeech();
  const { say, language } = speech;
  const edges = [...map.edges].sort((one, other) => other.count - one.count);
  const nodes = [...map.nodes].sort((one, other) => other.events - one.events);
  return (
    <div className={css.tables} data-testid="insight-table">
      <table>
        <caption>{say('insightPaths')}</caption>
        <thead>
          <tr>
            <th scope="col">{say('insightFrom')}</th><th scope="col">{say('insightTo')}</th><th scope="col">{say('insightTimes')}</th><th scope="col">{say('insightUsual')}</th>
            <th scope="col">{say('insightP90')}</th><th scope="col"><span className="vh">{say('insightOrders')}</span></th>
          </tr>
        </thead>
        <tbody>
          {edges.map((edge) => (
            <tr key={lineOf(edge)} data-rank={edge.rank}>
              <th scope="row">{names.name(edge.from)}</th>
              <td>{names.name(edge.to)}</td>
              <td className="num">{grouped(edge.count)}</td>
              <td className="num">{waitInWords(edge.median_ms, speech)}{edge.rank === 'worst' && <small> · {say('insightWorst')}</small>}</td>
              <td className="num">{edge.p90_ms == null ? '—' : lengthInWords(edge.p90_ms, language)}</td>
              <td><button type="button" className={css.rowButton} aria-haspopup="dialog" aria-label={say('insightSeeOrdersOf', { from: names.name(edge.from), to: names.name(edge.to) })} onClick={() => onOpen(lineOf(edge))}>{say('insightSeeShort')}</button></td>
            </tr>
          ))}
        </tbody>
      </table>
      <table>
        <caption>{say('insightActivities')}</caption>
        <thead><tr><th scope="col">{say('insightActivity')}</th><th scope="col">{say('insightTimes')}</th><th scope="col">{say('insightOrders')}</th></tr></thead>
        <tbody>
          {nodes.map((node) => (
            <tr key={node.activity}>
              <th scope="row">{names.name(node.activity)}</th>
              <td className="num">{grouped(node.events)}</td>
              <td className="num">{grouped(node.orders)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
