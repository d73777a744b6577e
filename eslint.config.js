import js from "@eslint/js";
import tseslint from "typescript-eslint";

/** What programs of Node and functions that a browser runs for them may name. */
const SCRIPT_GLOBALS = Object.fromEntries(
  [
    ...["console", "process", "Buffer", "URL", "URLSearchParams", "AbortController", "AbortSignal", "TextDecoder", "TextEncoder"],
    ...["setTimeout", "clearTimeout", "setInterval", "clearInterval", "setImmediate", "queueMicrotask", "performance", "fetch"],
    ...["self", "window", "document", "location", "Blob", "Event", "KeyboardEvent", "WebSocket", "Worker"],
  ].map((name) => [name, "readonly"]),
);

export default tseslint.config(
  {
    // Generated, or somebody else's by design: the independent client is written in another house's style.
    ignores: [
      "**/dist/**",
      "**/built/**",
      "target*/**",
      "**/venv/**",
      // The engine's own globals and what they are tried on: they stand in for a browser, so no browser's rules fit them.
      "crates/**",
      "sdk/embedded/**",
      "sdk/reference/**",
      "screen/src/api/generated/**",
      "tests/compat/independent-client/**",
    ],
  },
  js.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Numbers in messages are what messages are for.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // `() => send()` reads better than a block with one statement.
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // One overload is deprecated and the other is not.
      "@typescript-eslint/unified-signatures": ["error", { ignoreOverloadsWithDifferentJSDoc: true }],
      // `unknown` beside a name says what is meant by it.
      "@typescript-eslint/no-redundant-type-constituents": "off",
      // A message's type parameter belongs to its author even when it stands once.
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
    },
  },
  {
    files: ["**/*.{js,mjs,cjs}"],
    languageOptions: { globals: SCRIPT_GLOBALS },
  },
  {
    files: ["**/*.cjs"],
    languageOptions: { sourceType: "commonjs", globals: { require: "readonly", globalThis: "readonly" } },
  },
);
