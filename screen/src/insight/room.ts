import { useLayoutEffect, useState, type RefObject } from 'react';

/** How much room there is for the map, in pixels. */
export interface Room {
  width: number;
  height: number;
}

/** Left and right of the map within its card. */
const SIDES = 20;
/** What else of the page is seen with the map: figures above, the first cards below. */
const REST = 504;
/** A lower room is not worth it: the page is scrolled then. */
const HEIGHT_LEAST = 300;
/** A room that is a little larger is asked for as the same. */
const STEP = 20;

/** What a card of this width leaves for the map in a window of this height. */
export function roomOf(cardWidth: number, windowHeight: number): Room {
  const stepped = (side: number) => Math.floor(side / STEP) * STEP;
  return { width: stepped(cardWidth - SIDES), height: stepped(Math.max(HEIGHT_LEAST, windowHeight - REST)) };
}

/** How large a map of this size is drawn: none becomes too small to be read, it is scrolled instead; and none is blown up much. */
export function scaleOf({ width, height }: Room, map: Room): number {
  return Math.min(Math.max(Math.min(width / map.width, height / map.height), SCALE.least), SCALE.most);
}

const SCALE = { least: 0.85, most: 1.2 };

/** What marks the map's card, and what keeps its place until it is there. */
export const MAP_CARD = { 'data-map-card': '' };

/** The room on a page; unknown until it was drawn for the first time. */
export function useRoom(page: RefObject<HTMLElement | null>): Room | undefined {
  const [room, setRoom] = useState<Room | undefined>(undefined);
  useLayoutEffect(() => {
    const element = page.current;
    if (element === null) return;
    const measure = () => {
      const card = element.querySelector('[data-map-card]');
      if (card === null) return;
      const next = roomOf(card.clientWidth, window.innerHeight);
      setRoom((last) => (last?.width === next.width && last.height === next.height ? last : next));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [page]);
  return room;
}
