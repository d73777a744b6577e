import { useRef, useState, type KeyboardEvent } from 'react';
import type { InsightEdge, InsightMap, InsightNode } from '../api/types';
import { grouped } from '../till/money';
import { useSpeech } from '../till/useTill';
import { fitted } from './fitting';
import type { Names } from './names';
import { scaleOf, type Room } from './room';
import { boxInWords, labelOf, lineInWords, type Measure } from './saying';
import { lineOf, walk, type Place } from './walk';
import css from './insight.module.css';

interface ProcessMapProps {
  map: InsightMap;
  names: Names;
  measure: Measure;
  room: Room;
  onOpen: (place: Place) => void;
}

/** Names stand in letters of this size, with this much of their box left free. */
const NAME = { size: 14, room: 16 };

/** How work flows: boxes for what is done, lines for what comes next, as thick as they are frequent. One stop of the tab key; arrows go about on it. */
export function ProcessMap({ map, names, measure, room, onOpen }: ProcessMapProps) {
  const speech = useSpeech();
  const [at, setAt] = useState<Place | undefined>(undefined);
  const drawing = useRef<SVGSVGElement>(null);
  const isThere = map.nodes.some((node) => node.activity === at) || map.edges.some((edge) => lineOf(edge) === at);
  const stop = isThere ? at : walk(map, '', 'Home');

  const press = (event: KeyboardEvent, place: Place) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      onOpen(place);
      return;
    }
    const next = walk(map, place, event.key);
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    setAt(next);
    const element = drawing.current?.querySelector<SVGElement>(`[data-place="${next}"]`);
    if (element != null) bringIntoSight(element);
  };
  const stand = (place: Place) => ({
    'data-place': place, role: 'button', tabIndex: place === stop ? 0 : -1, 'aria-haspopup': 'dialog' as const, onFocus: () => setAt(place), onClick: () => onOpen(place),
    onKeyDown: (event: KeyboardEvent) => press(event, place),
  });
  const { width, height } = map;
  const scale = scaleOf(room, map);

  return (
    <svg ref={drawing} className={css.map} width={width * scale} height={height * scale} viewBox={`0 0 ${width} ${height}`} role="group" aria-label={speech.say('insightMapSaid')} data-measure={measure} data-testid="insight-map">
      <g aria-hidden="true">
        {map.edges.map((edge) => (
          <g key={lineOf(edge)} className={`${css.edge} ${rankOf(edge)}`} data-testid="map-line" data-on={at === lineOf(edge)}>
            <path className={css.line} d={edge.line} strokeWidth={edge.stroke} />
            <path className={css.arrow} d={edge.head} />
          </g>
        ))}
      </g>
      {map.nodes.map((node) => {
        const { x, y, width: across, height: down } = node.area;
        return (
          <g key={node.activity} className={`${css.node} ${roleOf(node, names)}`} transform={`translate(${x} ${y})`} data-testid="map-box">
            <rect width={across} height={down} rx="12" aria-label={boxInWords(node, names, speech)} {...stand(node.activity)} />
            <text aria-hidden="true" className={css.name} x={across / 2} y={down / 2 - 3}>{fitted(names.name(node.activity), NAME.size, across - NAME.room)}</text>
            <text aria-hidden="true" className={css.count} x={across / 2} y={down / 2 + 13}>{grouped(node.events)}</text>
          </g>
        );
      })}
      {map.edges.map((edge) => {
        const { large, small } = labelOf(edge, measure, speech);
        const { x, y, width: across, height: down } = edge.label;
        return (
          <g key={lineOf(edge)} className={`${css.label} ${rankOf(edge)}`} transform={`translate(${x} ${y})`} data-testid="map-label">
            <rect width={across} height={down} rx="8" aria-label={lineInWords(edge, names, speech)} {...stand(lineOf(edge))} />
            <text aria-hidden="true" className={css.large} x={across / 2} y={13}>{large}</text>
            <text aria-hidden="true" className={css.small} x={across / 2} y={26}>{small}</text>
          </g>
        );
      })}
    </svg>
  );
}

/** Where most of it begins or ends an order, it is shown as a beginning or an end; what undoes an order stands back. */
function roleOf(node: InsightNode, names: Names): string | undefined {
  const kind = names.kind(node.activity);
  if (kind === 'called_off') return css.calledOff;
  if (node.began * 2 > node.events) return css.start;
  return kind === 'done' || node.ended * 2 > node.events ? css.end : '';
}

function rankOf(edge: InsightEdge): string | undefined {
  if (edge.rank === 'worst') return css.worst;
  if (edge.from === edge.to) return css.again;
  return edge.rank === 'rare' ? css.rare : '';
}

/** What has the focus is seen whole, with its ring and a little of what is around it. */
const ROOM_AROUND = 24;

function bringIntoSight(element: SVGElement): void {
  element.focus({ preventScroll: true });
  element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  const room = element.ownerSVGElement?.parentElement;
  if (room == null) return;
  const [inside, outside] = [element.getBoundingClientRect(), room.getBoundingClientRect()];
  const beyond = (start: number, end: number, least: number, most: number) => Math.min(0, start - ROOM_AROUND - least) + Math.max(0, end + ROOM_AROUND - most);
  room.scrollBy(beyond(inside.left, inside.right, outside.left, outside.right), beyond(inside.top, inside.bottom, outside.top, outside.bottom));
}
