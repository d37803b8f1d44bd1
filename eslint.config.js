// How the page's scripts and their tests are linted. Layout is prettier's, types are tsc's (tsconfig.json).

import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: [".venv/"] },
  {
    ...js.configs.recommended,
    rules: {
      ...js.configs.recommended.rules,
      eqeqeq: "error",
      "func-style": ["error", "declaration", { allowArrowFunctions: true }],
      "no-console": "error",
      "no-shadow": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
    },
  },
  { files: ["mnist_demo/ui/**"], languageOptions: { globals: globals.browser } },
  {
    files: ["mnist_demo/ui/load.js"], // the body of a function, with these parameters
    languageOptions: {
      globals: {
        element: "readonly",
        props: "readonly",
        server: "readonly",
        trigger: "readonly",
        watch: "readonly",
      },
    },
  },
  { files: ["tests/js/**", "benchmarks/**"], languageOptions: { globals: globals.node } },
];
