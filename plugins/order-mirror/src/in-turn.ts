let last: Promise<unknown> = Promise.resolve();

/** The list that waits is read and written back; two at once would lose an order. */
export function oneAfterAnother(work: () => Promise<void>): void {
  last = last.then(work).catch((error: unknown) => {
    console.error(error);
  });
}
