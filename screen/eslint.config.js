import js from '@eslint/js';
import a11y from 'eslint-plugin-jsx-a11y';
import hooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  // The schema is generated; the checks that matter for it are its own (`npm run types:check`).
  { ignores: ['dist', 'src/api/schema.d.ts'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  { languageOptions: { parserOptions: { tsconfigRootDir: import.meta.dirname } } },
  {
    files: ['**/*.{ts,tsx}'],
    plugins: { 'react-hooks': hooks, 'jsx-a11y': a11y },
    rules: {
      ...hooks.configs.recommended.rules,
      ...a11y.flatConfigs.recommended.rules,
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      // Radios and lists are built from buttons and list items on purpose, with their roles and keys written out.
      'jsx-a11y/no-noninteractive-element-to-interactive-role': 'off',
      'jsx-a11y/no-redundant-roles': 'off',
      // Dialogs put the focus into their first field themselves.
      'jsx-a11y/no-autofocus': 'off',
      // `== null` is how an absent or null member of an answer is told.
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['*.mjs', 'dev/**'],
    languageOptions: {
      globals: Object.fromEntries(
        ['console', 'process', 'URL', 'URLSearchParams', 'setTimeout', 'window', 'location', 'Response', 'ReadableStream', 'TextEncoder'].map((name) => [name, 'readonly']),
      ),
    },
  },
);
