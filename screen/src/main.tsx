import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Client } from './api/client';
import { takeToken } from './api/token';
import './tokens.css';
import './base.css';
import { App } from './shell/App';
import { OpenPage } from './shell/OpenPage';
import { Guard } from './shell/Guard';
import { chosenLanguage, chosenTheme, followTheme } from './shell/taste';
import { Till } from './till/till';
import { TillContext } from './till/useTill';
import { placeSprite } from './ui/Icon';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');

placeSprite(document);
followTheme(document.documentElement, chosenTheme(location.search));
const language = chosenLanguage(location.search, localStorage);
document.documentElement.lang = language;
const token = takeToken(window);

if (token === undefined) {
  createRoot(root).render(<OpenPage language={language} reason="missing" />);
} else {
  // The stream tells what changed, so nothing is read again by time; one retry bridges a till that is just starting.
  const queries = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY, retry: 1, refetchOnWindowFocus: false, networkMode: 'always' } } });
  const till = new Till(new Client(token), queries, sessionStorage, language);
  till.start();
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <TillContext value={till}>
          <Guard language={language}>
            <App />
          </Guard>
        </TillContext>
      </QueryClientProvider>
    </StrictMode>,
  );
}
