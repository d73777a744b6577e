import { useSyncExternalStore } from 'react';

/** Where the screen is: the path names the screen, the query what deserves a link. */
export interface Place {
  path: string;
  query: URLSearchParams;
}

const MOVED = 'madang:moved';
let place = read();

function read(): Place {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

/** Goes to another path; the drawer, the theme and the language stay as they are, and filters while the screen is the same. */
export function go(path: string, how: 'push' | 'replace' = 'push'): void {
  const kept = new URLSearchParams();
  const isSameScreen = path.split('/')[1] === place.path.split('/')[1];
  for (const name of ['dev', 'tab', 'theme', 'lang', ...(isSameScreen ? ['state', 'pay'] : [])]) {
    const value = place.query.get(name);
    if (value !== null) kept.set(name, value);
  }
  move(path, kept, how);
}

/** Changes parts of the query; undefined takes one away. */
export function setQuery(changes: Record<string, string | undefined>, how: 'push' | 'replace' = 'replace'): void {
  const query = new URLSearchParams(place.query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) query.delete(name);
    else query.set(name, value);
  }
  move(place.path, query, how);
}

function move(path: string, query: URLSearchParams, how: 'push' | 'replace'): void {
  const text = query.toString();
  const address = text === '' ? path : `${path}?${text}`;
  if (how === 'push') history.pushState(null, '', address);
  else history.replaceState(null, '', address);
  place = { path, query };
  dispatchEvent(new Event(MOVED));
}

function subscribe(listener: () => void): () => void {
  const back = () => {
    place = read();
    listener();
  };
  addEventListener('popstate', back);
  addEventListener(MOVED, listener);
  return () => {
    removeEventListener('popstate', back);
    removeEventListener(MOVED, listener);
  };
}

export function usePlace(): Place {
  return useSyncExternalStore(subscribe, () => place);
}

/** Where the screen is now, outside of drawing. */
export function here(): Place {
  return place;
}
