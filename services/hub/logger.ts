// The log of a running hub: JSON lines on standard error, and nothing personal in them (law 13).
import { createLogger as createWinston, format, transports } from 'winston';
import type { Logger } from 'winston';

export function createLogger(level: string): Logger {
  return createWinston({
    level,
    format: format.combine(format.timestamp(), format.json()),
    transports: [new transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] })],
  });
}
