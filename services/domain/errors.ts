// The one error class, and the table of every code it may carry.

/** What each code means, whether trying again can help, and whose turn it is: the user's (exit 2) or the operator's (exit 1). */
export const errorCodes = {
  USAGE: { retry: false, blame: 'user', text: 'the command was given something it cannot use', zh: '命令用法有误' },
  UNKNOWN_SOURCE: { retry: false, blame: 'user', text: 'no contract describes this source', zh: '没有该数据源的约定' },
  UNKNOWN_MAPPING: { retry: false, blame: 'user', text: 'the source contract has no mapping of this name', zh: '约定中没有该映射' },
  FILE_UNREADABLE: { retry: false, blame: 'user', text: 'the file cannot be opened or read', zh: '文件无法打开或读取' },
  FILE_ENCODING: { retry: false, blame: 'user', text: 'the file is not in the encoding expected', zh: '文件编码不符' },
  FILE_TRUNCATED: { retry: false, blame: 'user', text: 'the file ends in the middle of a record', zh: '文件不完整' },
  FILE_MALFORMED: { retry: false, blame: 'user', text: 'the file cannot be parsed', zh: '文件格式有误' },
  FILE_COLUMN_MISSING: { retry: false, blame: 'user', text: 'a column that the mapping needs is missing', zh: '缺少所需的列' },
  RECORD_TOO_LARGE: { retry: false, blame: 'user', text: 'one record is longer than the limit', zh: '单条记录过长' },
  NOT_FOUND: { retry: false, blame: 'user', text: 'nothing by that name is known', zh: '未找到' },
  DATA_DIRECTORY: { retry: false, blame: 'user', text: 'the data directory cannot be used', zh: '数据目录不可用' },
  DATA_LOCKED: { retry: true, blame: 'user', text: 'another process is writing to this data directory', zh: '另一进程正在写入该数据目录' },
  DISK_FULL: { retry: true, blame: 'operator', text: 'there is no space left where the data lives', zh: '磁盘空间不足' },
  SOURCE_UNAVAILABLE: {
    retry: true,
    blame: 'operator',
    text: 'the source did not answer, or answered with a failure',
    zh: '数据源无响应或返回失败',
  },
  SOURCE_PROTOCOL: {
    retry: false,
    blame: 'operator',
    text: 'the source answered something the contract does not describe',
    zh: '数据源返回了约定之外的内容',
  },
  CONTRACT_INVALID: { retry: false, blame: 'operator', text: 'a file in contracts/ or schemas/ is not valid', zh: '约定或模式文件有误' },
  STORE_TOO_OLD: {
    retry: false,
    blame: 'operator',
    text: 'this SQLite may corrupt its log; 3.51.3 or later is needed',
    zh: 'SQLite 版本过旧',
  },
  STORE_CORRUPT: { retry: false, blame: 'operator', text: 'stored bytes cannot be read back', zh: '存储内容损坏' },
  VIEWS_AHEAD: {
    retry: false,
    blame: 'operator',
    text: 'views hold more than the event store: the store was restored, or is another; run hub replay',
    zh: '视图超前于事件库，请执行 hub replay 重建视图',
  },
  ENGINE_UNAVAILABLE: {
    retry: true,
    blame: 'operator',
    text: 'Kafka, the event store or the database cannot be reached, or did not answer in time',
    zh: '消息、事件库或数据库暂不可用',
  },
  NOT_RECORDED: {
    retry: true,
    blame: 'operator',
    text: 'who is given what is recorded first; that could not be done in time, so nothing was given',
    zh: '提供前须先登记访问，未能及时登记，未予提供',
  },
  CONFIG_INVALID: { retry: false, blame: 'user', text: 'the configuration cannot be used', zh: '配置不可用' },
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
