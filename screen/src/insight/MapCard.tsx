import { useId, useState } from 'react';
import type { InsightMap } from '../api/types';
import { useSpeech } from '../till/useTill';
import { Button } from '../ui/Button';
import { Seg } from '../ui/pieces';
import { shareInWords } from './lengths';
import { MapTable } from './MapTable';
import type { Names } from './names';
import { ProcessMap } from './ProcessMap';
import { MAP_CARD, type Room } from './room';
import type { Measure } from './saying';
import type { Place } from './walk';
import css from './insight.module.css';

/** How much of the map is wanted; what nobody chose is as the till thinks best. */
export interface Detail {
  activities?: number | undefined;
  paths?: number | undefined;
}

interface MapCardProps {
  map: InsightMap;
  names: Names;
  detail: Detail;
  room: Room;
  onDetail: (detail: Detail) => void;
  onOpen: (place: Place) => void;
}

/** The map of how orders go, or the same as a table. */
export function MapCard({ map, names, detail, room, onDetail, onOpen }: MapCardProps) {
  const { say } = useSpeech();
  const [measure, setMeasure] = useState<Measure>('time');
  const [isTable, setTable] = useState(false);
  const title = useId();
  const { activities, activity_step: activityStep, paths, path_step: pathStep } = map.detail;
  const most = activities[activities.length - 1] ?? 0;
  return (
    <section className={`${css.card} ${css.mapCard}`} {...MAP_CARD} aria-labelledby={title}>
      <div className={css.cardHead}>
        <h2 id={title}>{say('insightMap')}</h2>
        <span className={css.sub}>{say(isTable ? 'insightTableHint' : measure === 'time' ? 'insightMapByTime' : 'insightMapByCount')}</span>
        <span className={css.space} />
        {!isTable && (
          <Seg
            name={say('insightMeasure')} className={css.seg} testId="insight-measure" value={measure} onChange={setMeasure}
            choices={[{ value: 'time', label: say('insightTime'), testId: 'insight-by-time' }, { value: 'count', label: say('insightCounts'), testId: 'insight-by-count' }]}
          />
        )}
        <Button size="small" look="quiet" testId="insight-table-switch" onClick={() => setTable(!isTable)}>{say(isTable ? 'insightAsMap' : 'insightAsTable')}</Button>
      </div>
      <div className={css.mapRoom}>{isTable ? <MapTable map={map} names={names} onOpen={onOpen} /> : <ProcessMap map={map} names={names} measure={measure} room={room} onOpen={onOpen} />}</div>
      <div className={css.sliders}>
        <Slider
          name={say('insightActivities')} testId="insight-activities" value={detail.activities ?? activityStep} steps={activities.length}
          text={say('insightShownOf', { shown: map.nodes.length, all: most })} onChange={(next) => onDetail({ activities: next })}
        />
        <Slider
          name={say('insightPaths')} testId="insight-paths" value={detail.paths ?? pathStep} steps={paths.length}
          text={say('insightPathsShown', { count: map.edges.length, share: shareInWords(paths[pathStep]?.share ?? 1) })} onChange={(next) => onDetail({ activities: detail.activities ?? activityStep, paths: next })}
        />
      </div>
    </section>
  );
}

interface SliderProps {
  name: string;
  text: string;
  value: number;
  steps: number;
  testId: string;
  onChange: (value: number) => void;
}

/** Fewer or more of the map. */
function Slider({ name, text, value, steps, testId, onChange }: SliderProps) {
  const id = useId();
  const most = Math.max(0, steps - 1);
  return (
    <div className={css.slider}>
      <label htmlFor={id}>{name}</label>
      <input id={id} type="range" min={0} max={most} value={Math.min(value, most)} disabled={steps < 2} aria-valuetext={text} data-testid={testId} onChange={(event) => onChange(Number(event.target.value))} />
      <span className="num" aria-hidden="true" data-testid={`${testId}-kept`}>{text}</span>
    </div>
  );
}
