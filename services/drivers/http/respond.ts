// Sends answers and problems, with the headers that keep JSON from being cached, sniffed or rendered.
import { problemFor } from './problems.ts';
import type { ServerResponse } from 'node:http';

// Names and values in turn: what Node writes out fastest.
const securityHeaders = [
  ...['Cache-Control', 'no-store'],
  ...['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
  ...['Referrer-Policy', 'no-referrer'],
  ...['X-Content-Type-Options', 'nosniff'],
];
const withoutPolicy = securityHeaders.toSpliced(2, 2);

/** Sends text; a header given takes the place of ours of that name. Does nothing when the answer has begun already or the client is gone. */
export function sendText(
  res: ServerResponse,
  status: number,
  contentType: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (res.headersSent || res.destroyed) return;
  const length = String(Buffer.byteLength(text));
  const usual = 'Content-Security-Policy' in headers ? withoutPolicy : securityHeaders;
  res.writeHead(status, [...usual, 'Content-Type', contentType, 'Content-Length', length, ...Object.entries(headers).flat()]);
  // A string leaves in one write with the headers; bytes would take a second.
  res.end(text);
}

/** Answers with the problem details for whatever was thrown. */
export function sendProblem(res: ServerResponse, error: unknown): void {
  const { status, headers, text } = problemFor(error);
  sendText(res, status, 'application/problem+json', text, headers);
}
