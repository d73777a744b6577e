let last: Promise<unknown> = Promise.resolve();

/** Two payments at once would both read the same card, and one's stamps would be lost. */
export function oneAfterAnother(work: () => Promise<void>): void {
  last = last.then(work).catch((error: unknown) => {
    console.error("스탬프를 찍지 못했습니다", error);
  });
}
