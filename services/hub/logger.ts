// The log of a running hub: JSON lines on standard error, and nothing personal in them (law 13).
import winston from 'winston';

const { createLogger: createWinston, format, transports } = winston;

export function createLogger(level: string): winston.Logger {
  const logger = createWinston({ level, format: format.combine(format.timestamp(), format.json()) });
  return logger.add(new transports.Stream({ stream: process.stderr }));
}
