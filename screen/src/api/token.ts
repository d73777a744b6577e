/** Where a tab keeps its key; another tab opens with the address again. */
const SLOT = 'madang.token';

/**
 * Takes the key out of the opened address and keeps it for this tab. The address bar is cleaned at once, so that the key is in
 * no bookmark, screenshot or shared link.
 */
export function takeToken(page: Window): string | undefined {
  const opened = new URLSearchParams(page.location.hash.slice(1)).get('token');
  if (opened !== null && opened !== '') {
    page.sessionStorage.setItem(SLOT, opened);
    page.history.replaceState(page.history.state, '', page.location.pathname + page.location.search);
  }
  return page.sessionStorage.getItem(SLOT) ?? undefined;
}
