// The one error class, and the table of every code it may carry.

/** What each code means, whether trying again can help, and whose turn it is: the user's (exit 2) or the operator's (exit 1). */
export const errorCodes = {
  USAGE: { retry: false, blame: 'user', text: 'the command was given something it cannot use' },
  UNKNOWN_SOURCE: { retry: false, blame: 'user', text: 'no contract describes this source' },
  UNKNOWN_MAPPING: { retry: false, blame: 'user', text: 'the source contract has no mapping of this name' },
  FILE_UNREADABLE: { retry: false, blame: 'user', text: 'the file cannot be opened or read' },
  FILE_ENCODING: { retry: false, blame: 'user', text: 'the file is not in the encoding expected' },
  FILE_TRUNCATED: { retry: false, blame: 'user', text: 'the file ends in the middle of a record' },
  FILE_MALFORMED: { retry: false, blame: 'user', text: 'the file cannot be parsed' },
  FILE_COLUMN_MISSING: { retry: false, blame: 'user', text: 'a column that the mapping needs is missing' },
  RECORD_TOO_LARGE: { retry: false, blame: 'user', text: 'one record is longer than the limit' },
  NOT_FOUND: { retry: false, blame: 'user', text: 'nothing by that name is known' },
  DATA_DIRECTORY: { retry: false, blame: 'user', text: 'the data directory cannot be used' },
  DATA_LOCKED: { retry: true, blame: 'user', text: 'another process is writing to this data directory' },
  DISK_FULL: { retry: true, blame: 'operator', text: 'there is no space left where the data lives' },
  SOURCE_UNAVAILABLE: { retry: true, blame: 'operator', text: 'the source did not answer, or answered with a failure' },
  SOURCE_PROTOCOL: { retry: false, blame: 'operator', text: 'the source answered something the contract does not describe' },
  CONTRACT_INVALID: { retry: false, blame: 'operator', text: 'a file in contracts/ or schemas/ is not valid' },
  STORE_TOO_OLD: { retry: false, blame: 'operator', text: 'this SQLite may corrupt its log; 3.51.3 or later is needed' },
  STORE_CORRUPT: { retry: false, blame: 'operator', text: 'stored bytes cannot be read back' },
  CONFIG_INVALID: { retry: false, blame: 'user', text: 'the configuration cannot be used' },
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** A failure with a documented code. Expected outcomes are return values, not errors. */
export class HubError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'HubError';
    this.code = code;
  }
  /** Whether the same call may succeed later without anybody changing anything. */
  get retry(): boolean {
    return errorCodes[this.code].retry;
  }
}
