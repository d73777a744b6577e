import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

/** Where `npm run dev` finds a running till; the built screen is served by the till itself. */
const till = process.env.MADANG_TILL ?? 'http://127.0.0.1:4321';

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2023',
    // The page's policy is `default-src 'self'`: a data: address would be refused, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': { target: till, changeOrigin: true } } },
  test: { include: ['src/**/*.test.ts', 'src/**/*.test.tsx'] },
});
