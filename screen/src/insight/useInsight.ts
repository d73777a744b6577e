import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTill } from '../till/useTill';
import { Paced } from './paced';

/** The page is read again at most so often, however fast orders come. */
const READ_EVERY_MS = 2_000;

/** What the page shows; nothing as long as it is not known what to ask. What was read last stays until the next is there. */
export function useInsight(asked: URLSearchParams | undefined) {
  const till = useTill();
  const text = asked?.toString() ?? '';
  return useQuery({
    queryKey: ['insight', 'page', text],
    queryFn: ({ signal }) => till.readInsight(new URLSearchParams(text), signal),
    enabled: asked !== undefined,
    placeholderData: keepPreviousData,
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.is_up_to_date === false ? READ_EVERY_MS : false),
    // Each period and each step of a slider is an answer of its own; few of them are looked at twice.
    gcTime: 60_000,
  });
}

/** Reads the page again when something happened to an order, or the till is back. */
export function useNews(): void {
  const till = useTill();
  const queries = useQueryClient();
  useEffect(() => {
    const read = new Paced(READ_EVERY_MS, () => void queries.invalidateQueries({ queryKey: ['insight'] }));
    let { orders, link } = till.store.get();
    const leave = till.store.subscribe(() => {
      const now = till.store.get();
      if (now.orders !== orders || (now.link === 'open' && link !== 'open')) read.soon();
      ({ orders, link } = now);
    });
    return () => {
      leave();
      read.stop();
    };
  }, [till, queries]);
}
