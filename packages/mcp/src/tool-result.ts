import type { TokenFlowError } from "@tokenflow/core";

/** A tool's result with text, in the shape of both major versions of the SDK. */
export interface ToolResult {
  readonly content: { readonly type: "text"; readonly text: string }[];
  readonly isError?: boolean;
  readonly structuredContent?: { readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

export function textResult(text: string): ToolResult {
  return { content: [{ type: "text", text }] };
}

export function errorResult(text: string): ToolResult {
  return { ...textResult(text), isError: true };
}

/** Returns a result that says what is wrong, and what the person can do. */
export function failedResult({ message, code, hint }: TokenFlowError): ToolResult {
  const advice = hint ?? "Call this tool again later.";
  return errorResult(`${message} (${code}). ${advice}`);
}
