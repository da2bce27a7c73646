// The linter's rules. Beyond types and hooks they forbid every way in which text could become markup or script.

import { fileURLToPath, URL } from "node:url";

import js from "@eslint/js";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const SINK = "text from a cluster may only ever become text: use textContent, a text node or React";

const SINK_PROPERTIES = ["innerHTML", "outerHTML", "srcdoc"];
const SINK_CALLS = ["insertAdjacentHTML", "setHTMLUnsafe", "createContextualFragment", "parseFromString"];

const htmlSinks = [
  ...SINK_PROPERTIES.map((name) => ({ selector: `MemberExpression[property.name="${name}"]`, message: SINK })),
  ...SINK_PROPERTIES.map((name) => ({ selector: `MemberExpression[property.value="${name}"]`, message: SINK })),
  ...SINK_CALLS.map((name) => ({
    selector: `CallExpression[callee.type="MemberExpression"][callee.property.name="${name}"]`,
    message: SINK,
  })),
  { selector: 'CallExpression[callee.object.name="document"][callee.property.name=/^write(ln)?$/]', message: SINK },
  { selector: 'JSXAttribute[name.name="dangerouslySetInnerHTML"]', message: SINK },
  { selector: 'Property[key.name="dangerouslySetInnerHTML"]', message: SINK },
  { selector: "JSXAttribute[name.name=/^(href|src|action|formAction)$/] > JSXExpressionContainer", message: SINK },
  {
    selector:
      "CallExpression[callee.property.name=/^setAttribute(NS)?$/][arguments.0.value=/^(on.*|href|src|srcdoc|style)$/]",
    message: SINK,
  },
  {
    selector: "NewExpression[callee.name=/^(Worker|SharedWorker)$/]",
    message: "a worker's address is a Trusted Types sink",
  },
  { selector: "ImportExpression", message: "a script's address may not be computed" },
];

export default tseslint.config(
  { ignores: ["dist", "node_modules"] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  reactHooks.configs.flat.recommended,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: fileURLToPath(new URL(".", import.meta.url)) },
    },
    rules: {
      "no-eval": "error",
      "no-new-func": "error",
      "no-script-url": "error",
      "no-restricted-syntax": ["error", ...htmlSinks],
      "@typescript-eslint/no-implied-eval": "error",
      // Numbers are what templates here are mostly about.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // @stomp/stompjs declares classes where it takes plain objects.
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ["src/**"],
    rules: { "no-console": "error" },
  },
  {
    // The stores know nothing of the page, and the transport nothing of the stores.
    files: ["src/stores/**", "src/wire/**", "src/flow/**", "src/filter/**", "src/transport/**"],
    rules: {
      "no-restricted-globals": ["error", "document", "window", "location", "navigator", "localStorage"],
      "no-restricted-imports": ["error", { patterns: ["react", "react-dom", "**/ui/*", "**/session/*"] }],
    },
  },
  {
    files: ["src/transport/**"],
    rules: {
      "no-restricted-imports": ["error", { patterns: ["react", "mobx", "**/ui/*", "**/session/*", "**/stores/*"] }],
    },
  },
  {
    files: ["**/*.js"],
    extends: [tseslint.configs.disableTypeChecked],
  },
);
